-- The key of the hashes in usersync.erased: one row, made with the first of
-- them. Keep it with them: without it nobody is known to be erased.
CREATE TABLE usersync.erasure_key (
  id  smallint NOT NULL PRIMARY KEY CHECK (id = 1),
  key bytea    NOT NULL
);
