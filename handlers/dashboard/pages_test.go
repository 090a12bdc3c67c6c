package dashboard_test

import (
	"net/http"
	"testing"
)

func TestPagesAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	for _, path := range []string{"/", "/settings"} {
		for _, proof := range [][2]string{{"Authorization", "Bearer " + token}, {"Cookie", s.signIn(t)}} {
			if answer, body := s.ask(t, http.MethodGet, path, nil, proof[0], proof[1]); answer.StatusCode != http.StatusOK {
				t.Errorf("%s with %s: %d %s", path, proof[0], answer.StatusCode, body)
			}
		}
	}
}
