package fakeprovider

import "net/http"

// refuse writes an error the way one kind does.
type refuse func(status int, message string) answer

// nest is the error body of NestJS. Authon's 429 is known to the letter (its
// documentation): {"statusCode":429,"message":"ThrottlerException: Too Many
// Requests","error":"Too Many Requests"}.
func nest(status int, message string) answer {
	if status == http.StatusTooManyRequests {
		message = "ThrottlerException: " + message
	}
	body := object(nil).open().number("statusCode", status).text("message", message).
		text("error", http.StatusText(status)).close()
	return refusal(status, body)
}

// express is node-auth's error body (documented for its 501).
func express(status int, message string) answer {
	return refusal(status, object(nil).open().text("error", message).close())
}

// oauth is AuthPI's error body {error, error_description} (documented; which
// codes stand in error is a guess).
func oauth(status int, message string) answer {
	code := map[int]string{
		http.StatusBadRequest:      "invalid_request",
		http.StatusUnauthorized:    "unauthorized",
		http.StatusNotFound:        "not_found",
		http.StatusConflict:        "conflict",
		http.StatusTooManyRequests: "rate_limited",
	}[status]
	if code == "" {
		code = "server_error"
	}
	return refusal(status, object(nil).open().text("error", code).text("error_description", message).close())
}

// envelope is authon.pro's {"success":…}: documented for success, a guess for
// failure.
func envelope(status int, message string) answer {
	return refusal(status, object(nil).open().flag("success", false).text("message", message).close())
}

// edge is what a proxy in front of a provider answers: HTML where JSON was
// asked for (documented for AuthPI's 429, as "maybe").
func edge(status int) answer {
	title := http.StatusText(status)
	return answer{
		status:      status,
		contentType: typeHTML,
		body:        []byte("<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>\n"),
	}
}
