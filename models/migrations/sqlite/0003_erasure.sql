-- The key of the hashes in usersync_erased: one row, made with the first of
-- them. Keep it with them: without it nobody is known to be erased.
CREATE TABLE usersync_erasure_key (
  id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  key BLOB    NOT NULL
);
