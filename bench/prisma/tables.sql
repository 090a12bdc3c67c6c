CREATE TABLE IF NOT EXISTS users (
  id text PRIMARY KEY,
  project_id text NOT NULL,
  email text,
  display_name text CHECK (display_name <> 'poison'),
  avatar_url text,
  phone text,
  email_verified boolean NOT NULL,
  phone_verified boolean NOT NULL,
  is_banned boolean NOT NULL,
  public_metadata jsonb,
  last_sign_in_at timestamptz(3),
  sign_in_count integer NOT NULL,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL
) WITH (fillfactor = 85);
CREATE TABLE IF NOT EXISTS processed_events (
  id text PRIMARY KEY,
  type text NOT NULL,
  processed_at timestamptz(3) NOT NULL DEFAULT now()
);
