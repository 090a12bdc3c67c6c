\set user random(0, :users - 1)
\set name random(1, 1000000)
BEGIN;
INSERT INTO pgbench_processed_events (id, type) VALUES ('evt_' || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint), 14, '0') || lpad(to_hex(:client_id::int), 4, '0'), 'user.updated') ON CONFLICT (id) DO NOTHING;
INSERT INTO pgbench_users (id, project_id, email, display_name, avatar_url, phone, email_verified, phone_verified, is_banned, public_metadata, last_sign_in_at, sign_in_count, created_at, updated_at)
VALUES ('usr_' || lpad(to_hex(:user::int), 12, '0'), 'proj_abc123', 'usr_' || lpad(to_hex(:user::int), 12, '0') || '@example.com', 'Jane Roe ' || :name::int, 'https://cdn.example.com/a.png', NULL, true, false, false, NULL, NULL, 0, '2026-01-15T10:00:00Z', clock_timestamp())
ON CONFLICT (id) DO UPDATE SET project_id = excluded.project_id, email = excluded.email, display_name = excluded.display_name, avatar_url = excluded.avatar_url, phone = excluded.phone, email_verified = excluded.email_verified, phone_verified = excluded.phone_verified, is_banned = excluded.is_banned, public_metadata = excluded.public_metadata, last_sign_in_at = excluded.last_sign_in_at, sign_in_count = excluded.sign_in_count, created_at = excluded.created_at, updated_at = excluded.updated_at
WHERE pgbench_users.updated_at < excluded.updated_at;
COMMIT;
