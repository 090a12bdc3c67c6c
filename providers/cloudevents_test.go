package providers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// cloudeventsVectors are rules of the HTTP binding of CloudEvents 1.0.2.
func cloudeventsVectors(t *testing.T, name string) [][2]string {
	t.Helper()
	var all [][2]string
	for _, v := range gjson.GetBytes(readFile(t, "testdata/vectors/cloudevents-http.json"), name).Array() {
		all = append(all, [2]string{v.Get("0").Str, v.Get("1").Str})
	}
	if len(all) < 3 {
		t.Fatalf("there are only %d vectors of %s", len(all), name)
	}
	return all
}

func TestCloudEventsModes(t *testing.T) {
	t.Parallel()
	modes := map[string]eventMode{"batch": modeBatch, "structured": modeStructured, "binary": modeBinary, "structured-lenient": modeStructured}
	for _, v := range cloudeventsVectors(t, "mode_detection") {
		contentType, more, _ := strings.Cut(v[0], " + ")
		header := http.Header{"Content-Type": {contentType}}
		for name := range strings.SplitSeq(strings.TrimSuffix(more, " headers"), "/") {
			if strings.HasPrefix(name, "ce-") {
				header.Set(name, "1.0")
			}
		}
		want, known := modes[v[1]]
		if got := modeOf(header); !known || got != want {
			t.Errorf("%s is mode %d, want %s", v[0], got, v[1])
		}
	}
}

func TestCloudEventsPercentDecoding(t *testing.T) {
	t.Parallel()
	for _, v := range cloudeventsVectors(t, "percent_decoding") {
		value, wrong := decodeAttribute(v[0])
		if v[1] == "REJECT" && wrong == "" || v[1] != "REJECT" && (wrong != "" || value != v[1]) {
			t.Errorf("%s became %q (%s), want %q", v[0], value, wrong, v[1])
		}
	}
}
