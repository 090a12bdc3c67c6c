#!/bin/sh
# More of what market.sh makes, and in the same way. Run it in this folder.
set -eu
. ./signing.sh

bearer="Authorization: Bearer $(cat supabase/bearer.txt)"
for name in db-insert db-sign-in db-ban db-ban-over db-soft-delete db-delete db-other-table; do
	request supabase "$name" "$bearer"
done
for name in hook-after-user-created hook-before-user-created hook-send-email; do
	standard supabase webhook "msg_$name" 1768478400 "$name"
done

for name in batch lifecycle mixed; do
	request okta "$name" "Authorization: $(cat okta/secret.txt)"
done

for file in keycloak/*.body; do
	name=$(basename "$file" .body)
	signed keycloak X-Keycloak-Signature '' "$name"
done

for file in logto/*.body; do
	name=$(basename "$file" .body)
	case $name in # earlier ones write what it is before it
	PostSignIn) signed logto Logto-Signature-Sha-256 sha256= "$name" ;;
	*) signed logto Logto-Signature-Sha-256 '' "$name" ;;
	esac
done

for name in user.CREATE user.DELETE user.UPDATE-locked user.UPDATE-nothing-left member.UPDATE; do
	standard stytch svix "msg_$name" 1732171670 "$name"
done
