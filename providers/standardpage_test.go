package providers

import (
	"strings"
	"testing"
)

// The requests testdata/standard/node-*.http were sent by the code of a page.
// Whoever changes it there records them anew: node record.mjs in that folder.
func TestThePageHasTheCodeThatWasRecorded(t *testing.T) {
	t.Parallel()
	if page := string(readFile(t, "../docs/STANDARD.md")); !strings.Contains(page, "```js\n"+string(readFile(t, "testdata/standard/usersync.mjs"))+"```\n") {
		t.Error("docs/STANDARD.md has another sender than testdata/standard/usersync.mjs, which was recorded")
	}
}
