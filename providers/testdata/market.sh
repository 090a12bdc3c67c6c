#!/bin/sh
# Makes requests of hosted providers out of their bodies (TYPE/NAME.body), with
# openssl and printf alone. The bodies are examples of the providers' own documentation and
# OpenAPI files, and some that were made out of those for what they do not show.
# Run it in this folder.
set -eu

. ./signing.sh

standard clerk svix msg_2g7n_created 1716883200 user.created
standard clerk svix msg_2g7n_updated 1716883500 user.updated
standard clerk svix msg_2g7n_deleted 1716883200 user.deleted
standard clerk svix msg_29w8_created 1654012591 docs-user.created
standard clerk svix msg_29w8_banned 1654012700 user.updated-banned
standard clerk svix msg_29w8_unbanned 1654012800 user.updated-unbanned-no-address
standard clerk svix msg_29w8_deprovisioned 1654012900 user.updated-deprovisioned
standard clerk svix msg_29w8_locked 1654013000 user.updated-locked-no-primary
standard clerk svix msg_29w8_ban 1654012700 user.banned
standard clerk svix msg_29w8_deleted 1654100000 user.deleted-whole
standard clerk svix msg_29w8_email 1654012591 email.created

timed workos WorkOS-Signature 1768478400000 user.created-no-name
timed workos WorkOS-Signature 1768478400123 user.updated
timed workos WorkOS-Signature 1768642200600 user.deleted-later
timed workos WorkOS-Signature 1768478400123 dsync.user.updated
timed workos WorkOS-Signature 1705320000000 vector-user.created

bearer="Authorization: Bearer $(cat auth0/bearer.txt)"
for name in test-user.created test-user.blocked test-user.deleted user.updated-unblocked early-access-user.created organization.member.added; do
	request auth0 "$name" "$bearer"
done
request auth0 basic-user.updated "Authorization: Basic $(openssl base64 -A <auth0/secret.txt)"
content='application/cloudevents+json; charset=utf-8'
request auth0 user.updated-no-flag "$bearer"
content=

standard standard webhook msg_standard_1 1768473000 user.created
standard standard webhook msg_standard_2 1768473060 user.updated-suspended-until
standard standard webhook msg_standard_3 1768473120 user.updated-no-longer-suspended
standard standard webhook msg_standard_4 1768473180 user.deleted-no-time
standard standard svix msg_standard_5 1768473000 user.banned-svix
standard standard webhook msg_standard_6 1768473000 session.created

# Tokens are signed with a key of which only the public half is kept, in
# jwks.json beside that of the recorded one. So all of them are made anew.
url64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# publish TYPE makes jwks.json. Its first key signed vector-*.http.
publish() {
	# In the DER form of a public key of 2048 bits the modulus is what stands there.
	modulus=$(openssl pkey -in "$private" -pubout -outform DER | tail -c +34 | head -c 256 | url64)
	printf '{"keys":[\n%s,\n{"kty":"RSA","use":"sig","alg":"RS256","kid":"openssl1","n":"%s","e":"AQAB"}\n]}\n' \
		'{"kty":"RSA","use":"sig","alg":"RS256","kid":"rsa1","n":"pqOQxLF-T1wPwGIvzrkwparErNUkIiPT_a_bj4v4_tnfBdMhbROR5rdHWf-B0aPygU5Ao1FfbrSpr3q4d9wx2Toda9Wm320nMpeD6jztdwvkOCGABODxval6FMnSdc1c7Gl498DimrH1JMem6zzFx5RrMp6kcpZWc1PQd8xyY3Cj-sX9-9sGjAgKXnyzn1A5plQQK3r9AgMsoPEiomqlr1IDdz8Ekvt1AVFzjYWP6rqmtrSK7eiw0EbubBigjpO1tiH38N5cWJhHI__VQp1JofprDZh3pzAqQXBplw1floNW8knXa68_yDd7ymYsnvjtYzMxcKpmRvuQirercY-l1Q","e":"AQAB"}' \
		"$modulus" >"$1/jwks.json"
}

# token TYPE NAME writes openssl-NAME.http, whose body is a token of NAME.body.
token() {
	type=$1 name=$2
	signed=$(printf '{"alg":"RS256","kid":"openssl1","typ":"JWT"}' | url64).$(url64 <"$type/$name.body")
	signed=$signed.$(printf %s "$signed" | openssl dgst -sha256 -sign "$private" -binary | url64)
	{
		printf 'POST /webhooks/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/jwt\r\nWebhook-Id: webhook_%s\r\n' "$name"
		printf 'Content-Length: %d\r\n\r\n%s' "$(printf %s "$signed" | wc -c)" "$signed"
	} >"$type/openssl-$name.http"
}

private=$(mktemp)
trap 'rm -f "$private"' EXIT
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$private" 2>/dev/null
publish kinde
for name in user.updated-suspended user.deleted-late user.authenticated organization.created; do
	token kinde "$name"
done
