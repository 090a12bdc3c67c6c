package providers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	usersync "usersync/sync"
)

func TestReadObject(t *testing.T) {
	t.Parallel()
	names := []string{"email", "name"}
	got, err := ReadObject([]byte(` {"name": "A\u0000", "email" : null}`), names)
	if err != nil || len(got) != 2 || got["name"] != `"A\u0000"` || got["email"] != "null" {
		t.Errorf("%q, %v", got, err)
	}
	for body, want := range map[string]string{
		``:                          "the body is empty",
		`[]`:                        "no JSON object",
		`{"name":1,"name":2}`:       "a name twice",
		`{"name":1}{}`:              "more than one",
		`{"nmae":"secret"}`:         `there is no name "nmae", did you mean name?`,
		`{"x":"secret"}`:            `there is no name "x", The names are`,
		`{"secret value":"x"}`:      "a name is none of those known",
		`{"sécret":"x"}`:            "a name is none of those known",
		`{"name":"` + "\xff" + `"}`: "not UTF-8",
	} {
		_, err := ReadObject([]byte(body), names)
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestCheckUserID(t *testing.T) {
	t.Parallel()
	for id, good := range map[string]bool{
		"usr_1": true, "a/b": true, " ": true, "é☃": true, "...": true, strings.Repeat("x", 255): true,
		"": false, strings.Repeat("x", 256): false, "a\nb": false, "a\x00": false, "\x7f": false, "\u0085": false, "\xff": false, ".": false, "..": false,
	} {
		if err := CheckUserID(id); (err == nil) != good {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestFailureOf(t *testing.T) {
	t.Parallel()
	busy := &transientError{err: &statusError{code: http.StatusTooManyRequests}, after: 7 * time.Second}
	for name, c := range map[string]struct {
		err  error
		want Failure
	}{
		"limited":    {busy, Failure{"the provider answered 429 Too Many Requests", true, true, 7 * time.Second}},
		"broken":     {&transientError{err: &statusError{code: 500}}, Failure{"the provider answered 500 Internal Server Error", true, false, 0}},
		"not let in": {&statusError{code: 401, hint: ": check api.key"}, Failure{"the provider answered 401 Unauthorized: check api.key", false, false, 0}},
		"unreached":  {&transientError{err: errors.New("no route to 10.0.0.1")}, Failure{"the provider cannot be reached", true, false, 0}},
		"too slow":   {context.DeadlineExceeded, Failure{"our own deadline came before the provider's answer", true, false, 0}},
		"no answer":  {&transientError{err: noAnswerWithin(time.Second)}, Failure{"no complete answer within 1s", true, false, 0}},
		"our rate":   {errOwnRate, Failure{errOwnRate.Error(), true, false, 0}},
		"unknown":    {errors.New("secret"), Failure{"the provider could not be asked", false, false, 0}},
		"another":    {errOtherUser, Failure{errOtherUser.Error(), false, false, 0}},
		"a letter":   {&LetterError{usersync.DeadLetter{Reason: badField, Detail: "email: it is an object or array", UserID: "usr_1"}}, Failure{"the provider's answer about the user is not understood: bad_field: email: it is an object or array", false, false, 0}},
	} {
		if got := FailureOf(fmt.Errorf("GET /v1/users/usr_1: %w", c.err)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
