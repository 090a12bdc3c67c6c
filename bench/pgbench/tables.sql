DROP TABLE IF EXISTS pgbench_users, pgbench_processed_events;
CREATE TABLE pgbench_users (
  id text PRIMARY KEY,
  project_id text NOT NULL,
  email text,
  display_name text,
  avatar_url text,
  phone text,
  email_verified boolean NOT NULL,
  phone_verified boolean NOT NULL,
  is_banned boolean NOT NULL,
  public_metadata jsonb,
  last_sign_in_at timestamptz,
  sign_in_count integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
) WITH (fillfactor = 85);
CREATE TABLE pgbench_processed_events (
  id text PRIMARY KEY,
  type text NOT NULL,
  processed_at timestamptz NOT NULL DEFAULT now()
);
