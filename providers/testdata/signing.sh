#!/bin/sh
# How market.sh and more.sh sign the bodies that stand in TYPE/NAME.body, with openssl
# and printf alone.

# request TYPE NAME HEADER... writes openssl-NAME.http with the given headers.
request() {
	type=$1 name=$2
	shift 2
	{
		printf 'POST /webhooks/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\n' "${content:-application/json}"
		printf '%s\r\n' "$@"
		printf 'Content-Length: %d\r\n\r\n' "$(wc -c <"$type/$name.body")"
		cat "$type/$name.body"
	} >"$type/openssl-$name.http"
}

# standard TYPE PREFIX ID SECONDS NAME signs as Standard Webhooks 1.0 says.
standard() {
	type=$1 prefix=$2 id=$3 at=$4 name=$5
	key=$(sed 's/^\(v1,\)*whsec_//' "$type/secret.txt" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
	signature=$({ printf '%s.%s.' "$id" "$at" && cat "$type/$name.body"; } |
		openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
	request "$type" "$name" "$prefix-id: $id" "$prefix-timestamp: $at" "$prefix-signature: v1,$signature"
}

# timed TYPE HEADER MILLISECONDS NAME signs with the secret's text, as a list.
timed() {
	type=$1 header=$2 at=$3 name=$4
	signature=$({ printf '%s.' "$at" && cat "$type/$name.body"; } |
		openssl dgst -sha256 -hmac "$(cat "$type/secret.txt")" -hex | sed 's/^.* //')
	request "$type" "$name" "$header: t=$at, v1=$signature"
}

# signed TYPE HEADER PREFIX NAME signs the body with the secret's text.
signed() {
	type=$1 header=$2 before=$3 name=$4
	request "$type" "$name" "$header: $before$(openssl dgst -sha256 -hmac "$(cat "$type/secret.txt")" -hex <"$type/$name.body" | sed 's/^.* //')"
}
