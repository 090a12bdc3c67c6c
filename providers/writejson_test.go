package providers

import (
	"slices"
	"strings"
	"testing"

	usersync "usersync/sync"
)

func TestReadUserWrite(t *testing.T) {
	t.Parallel()
	u, err := ReadUserWrite([]byte(`{"id":"u/1","external_id":7,"email":"Ann@example.com","name":null,"email_verified":false,"metadata":{"b":1, "a":[2]},"suspended":true}`))
	doc, _ := u.Fields[usersync.FieldMetadata].Document()
	if err != nil || u.ID != "u/1" || u.ExternalID != "7" || u.Access != usersync.AccessBanned || doc != `{"a":[2],"b":1}` ||
		u.Fields[usersync.FieldName] != usersync.NullValue() || u.Fields[usersync.FieldPhone].Present() || u.Fields[usersync.FieldEmailVerified] != usersync.BoolValue(false) {
		t.Errorf("%+v, %v", u, err)
	}
	for text, want := range map[string]string{
		`[1]`: "it is no JSON object", `{"name":"a"} {}`: "more than one JSON document", `{"name":"a","name":"b"}`: "an object has a name twice", `{`: "ends in the middle",
		`{"emial":"x"}`:                 `a name is no column, did you mean email?`,
		`{"id":".","external_id":".."}`: "id: it is . or .., which cannot stand in an address\nexternal_id: it is . or ..",
		`{"ann at home":null}`:          "a name is no column; the columns are id, external_id, email",
		`{"last_sign_in_at":null}`:      `there is no column "last_sign_in_at"; the columns are id, external_id, email`,
		`{"suspended":"yes","id":"","email":"ann at home","phone":[],"external_id":null}`: "suspended: it is neither true nor false\nid: it is empty\nemail: it is no address\nphone: it is an object or array, not a text\nexternal_id: it is null, not a text",
	} {
		_, err := ReadUserWrite([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "home") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSetText(t *testing.T) {
	t.Parallel()
	var u UserWrite
	for name, cell := range map[string]string{"id": "007", "email_verified": "TRUE", "suspended": "false", "name": `"Ann", 5`, "metadata": `{"a": 1}`} {
		if err := u.SetText(name, cell); err != nil {
			t.Error(err)
		}
	}
	if u.ID != "007" || !u.Fields[usersync.FieldEmailVerified].True() || u.Access != usersync.AccessUnbanned || u.Fields[usersync.FieldName] != usersync.TextValue(`"Ann", 5`) {
		t.Errorf("%+v", u)
	}
	for name, cell := range map[string]string{"email_verified": "1", "suspended": "no", "metadata": "plan=pro", "name": "\xff", "id": "a\x00b", "mail": "x"} {
		if err := u.SetText(name, cell); err == nil {
			t.Errorf("%s takes %q", name, cell)
		}
	}
	if names := WriteNames(); !slices.Contains(names, "external_id") || slices.Contains(names, "tenant_id") {
		t.Errorf("%v", names)
	}
}
