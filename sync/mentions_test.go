package usersync_test

import (
	"testing"

	usersync "usersync/sync"
)

func TestMentions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		payload, text string
		want          bool
	}{
		{`{"id":"usr_1"}`, "usr_1", true},
		{`{"id":"usr_12"}`, "usr_1", false},
		{`{"id":"xusr_1"}`, "usr_1", false},
		{`{"usr_1":true}`, "usr_1", true},
		{`{"id":"\u0075sr_1"}`, "usr_1", true},
		{`{"a":"x\"y\\","id":"usr_1"}`, "usr_1", true},
		{`{"data":"{\"user_id\":\"usr_1\"}"}`, "usr_1", true},
		{`{"data":"{\"user_id\":\"usr_12\"}"}`, "usr_1", false},
		{`{"data":"{\"data\":\"{\\\"id\\\":42}\"}"}`, "42", true},
		{`{"text":"about usr_1"}`, "usr_1", false},
		{`{"x":"a"b","id":"idp|a b","y":"z}`, "idp|a b", true}, // read the wrong way round, to the end
		{`{"x":"a"b","id":"a:b","y":"z"c"}`, "a:b", true},
		{`not json at all "usr_1"`, "usr_1", true},
		{`{"id":"usr_1","cut of`, "usr_1", true},
		{`{"a":"cut off "usr_1`, "usr_1", true}, // read the wrong way round
		{`{"id":42}`, "42", true},
		{`{"id": 42, "n":1}`, "42", true},
		{`{"id":421}`, "42", false},
		{`{"id":"42"}`, "42", true},
		{`[42]`, "42", true},
		{`{"n":-7}`, "-7", true},
		{``, "usr_1", false},
		{`{"id":""}`, "", true},
		{"\xff\"\xc3\"", "\xc3", true},
	} {
		if got := usersync.Mentions([]byte(test.payload), test.text); got != test.want {
			t.Errorf("%s mentions %q: %v", test.payload, test.text, got)
		}
	}
}
