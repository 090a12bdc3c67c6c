package providers

import "testing"

func TestReplies(t *testing.T) {
	t.Parallel()
	for part, want := range map[string]Reply{
		`{status: 204}`:           {Status: 204},
		`{}`:                      {Status: 200},
		`{status: 202, body: {}}`: {Status: 202, ContentType: "application/json", Body: []byte(`{}`)},
		`{body: {b: [1, 2.50, [], {}], a: {x: null, y: true, z: "é \"\n<"}, "": no}}`: {
			Status: 200, ContentType: "application/json",
			Body: []byte(`{"b":[1,2.50,[],{}],"a":{"x":null,"y":true,"z":"é \"\n<"},"":"no"}`),
		},
		`{body: ok}`: {Status: 200, ContentType: "text/plain; charset=utf-8", Body: []byte("ok")},
		`{status: 201, content_type: application/xml, body: <ok/>}`: {Status: 201, ContentType: "application/xml", Body: []byte("<ok/>")},
		`{content_type: application/problem+json, body: [1]}`:       {Status: 200, ContentType: "application/problem+json", Body: []byte("[1]")},
	} {
		got := mannered(t, "reply: "+part).Reply()
		if got == nil || got.Status != want.Status || got.ContentType != want.ContentType || string(got.Body) != string(want.Body) {
			t.Errorf("%s became %+v: %s", part, got, got.Body)
		}
	}
}
