#!/bin/sh
# Makes the requests that were not recorded, with openssl alone: a signer that
# is tested against itself proves nothing. Run it in this folder.
set -eu

hex() { openssl dgst -sha256 -hmac "$1" -hex | sed 's/^.* //'; }
base64() { openssl dgst -sha256 -hmac "$1" -binary | openssl base64 -A; }

# request FILE BODY HEADER... writes a request with the given headers.
request() {
	file=$1 body=$2
	shift 2
	{
		printf 'POST /webhooks/x HTTP/1.1\r\nHost: 127.0.0.1\r\n'
		printf '%s\r\n' "$@"
		printf 'Content-Length: %d\r\n\r\n%s' "$(printf %s "$body" | wc -c)" "$body"
	} >"$file"
}

json='Content-Type: application/json'

secret=$(cat authon/secret.txt)
body='{"id":"evt_1a2b3c4d5e6f","type":"user.updated","projectId":"proj_abc123","timestamp":"2026-01-15T10:30:00.000Z","data":{"user":{"id":"usr_legacy1","projectId":"proj_abc123","email":null,"displayName":"Jo","isBanned":false,"publicMetadata":{"b":[1.50,{"y":null,"x":"\u00e9"}],"a":true},"updatedAt":"2026-01-15T10:30:00.000Z"}}}'
request authon/openssl-legacy-prefixed.http "$body" "$json" "X-Authon-Signature: sha256=$(printf %s "$body" | hex "$secret")"
request authon/openssl-legacy-bare.http "$body" "$json" "Authon-Signature: $(printf %s "$body" | hex "$secret")"
body='{"event":"user.unbanned","data":{"user":{"id":"usr_notime","email":"a@example.com","isBanned":false}}}'
time=2026-01-15T10:30:00.000Z
signature=$(printf %s "$time.$body" | hex "$secret")
request authon/openssl-time-in-header.http "$body" "$json" "X-Authon-Timestamp: $time" "X-Authon-Signature: v1=$signature"
request authon/openssl-upper-case-hex.http "$body" "$json" "X-Authon-Timestamp: $time" "X-Authon-Signature: v1=$(printf %s "$signature" | tr a-f A-F)"

body='{"event":"user.login","timestamp":"2026-01-15T10:30:00.000Z","data":{"userId":"usr_2ac614d5","username":"user0_7d874","ip":"192.168.1.100","hwid":"HW-1","appId":"app_xyz789"}}'
request authon_pro/openssl-user.login.http "$body" "$json" 'X-Webhook-Event: user.login' "X-Webhook-Secret: $(cat authon_pro/secret.txt)"

secret=$(cat node_auth/secret.txt)
body='{"event":"identity.role.assigned","version":"1","timestamp":"2026-01-15T10:30:00.000Z","data":{"role":"admin"},"metadata":{"userId":"u-1","tenantId":"t-1"}}'
request node_auth/openssl-role.assigned.http "$body" "$json" 'X-Webhook-Event: identity.role.assigned' "X-Webhook-Signature: sha256=$(printf %s "$body" | hex "$secret")"

secret=$(cat authpi/secret.txt)
bearer="Authorization: Bearer $(cat authpi/bearer.txt)"
structured='Content-Type: application/cloudevents+json; charset=utf-8'
event() { # ID TYPE USER DATA
	printf '{"id":"d-%s","time":"2026-01-15T10:30:00Z","type":"event","source":"com.authpi.webhooks/v1/wh_1","specversion":"1.0","data":{"id":"%s","type":"%s","source":"com.authpi/v1","subject":{"user_id":%s},"data":%s}}' "$1" "$1" "$2" "$3" "$4"
}
body=$(event evt_p user.updated '"usr_1"' '{"email":"a@example.com","display_name":"A","blocked":true,"updated_at":"2026-01-15T10:29:59.5Z"}')
request authpi/openssl-prefixed-old-blocked.http "$body" "$structured" "X-Webhook-Signature: sha256=$(printf %s "$body" | hex "$secret")"
request authpi/openssl-base64.http "$body" "$structured" "X-Webhook-Signature: $(printf %s "$body" | base64 "$secret")"
request authpi/openssl-bearer-and-signature.http "$body" "$structured" "$bearer" "X-Webhook-Signature: $(printf %s "$body" | hex "$secret")"
body="[$(event evt_b1 user.created '"usr_1"' '{"user":{"status":"active","username_type":"phone","username":"+491"}}'), $(event evt_b2 user.updated 'null' '{}'),
$(event evt_b3 session.created '"usr_1"' '{}'), $(event evt_b4 user.updated '"usr_2"' '{"user":{"status":"deleted"}}'), {\"specversion\":\"0.3\"}]"
request authpi/openssl-batch.http "$body" 'Content-Type: application/cloudevents-batch+json; charset=UTF-8' "X-Webhook-Signature: $(printf %s "$body" | hex "$secret")"
body='{"id":"evt_bin","type":"user.updated","subject":{"user_id":"usr_1"},"data":{"status":"disabled"}}'
request authpi/openssl-binary.http "$body" "$json" "$bearer" 'ce-specversion: 1.0' 'ce-type: event' 'ce-id: d-1' 'ce-source: com.authpi.webhooks%2Fv1' 'ce-time: 2026-01-15T10:30:00Z'
