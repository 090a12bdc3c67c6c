package main

import (
	"fmt"
	"strings"
	"testing"

	"usersync/internal/fakeprovider"
)

// The table may say that somebody has an address who has it no more, because a
// webhook was lost or because an earlier line has changed it: nobody else's user
// is written.
func TestPushWritesToNobodyElse(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, site pushSite, id string) (line string){
		"at the provider": func(t *testing.T, site pushSite, id string) string {
			if _, err := site.api.Users().Update(id, func(u *fakeprovider.User) { u.Email = "ann@new.example" }); err != nil {
				t.Error(err)
			}
			return ""
		},
		"by an earlier line": func(_ *testing.T, _ pushSite, id string) string {
			return `{"id":"` + id + `","email":"ann@new.example"}` + "\n"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, databaseURL string) {
				site := newPushSite(t, "authpi", databaseURL, 0)
				site.write(t, "users.jsonl", `{"email":"old@example.com","name":"Ann One"}`+"\n")
				_, results, _ := site.push(t, "authpi")
				ann := results[1].ID
				site.write(t, "more.jsonl", change(t, site, ann)+`{"email":"old@example.com","name":"Bob Two"}`+"\n")
				code, results, errs := site.push(t, "authpi", "--concurrency", "1")
				there, _ := site.api.Users().Get(ann)
				bob := results[len(results)]
				if code != exitOK || there.Email != "ann@new.example" || there.Name != "Ann One" || bob.Result != resultCreated || bob.ID == ann {
					t.Errorf("exit code %d: %+v, %+v\n%s", code, there, results, errs)
				}
				// The stale row does not stand in the way afterwards.
				if code, results, errs = site.push(t, "authpi", "--concurrency", "1"); code != exitOK || results[len(results)].Result != resultUnchanged {
					t.Errorf("exit code %d: %+v\n%s", code, results, errs)
				}
			})
		})
	}
}

// Whoever is kept as deleted is neither changed nor revived.
func TestPushRevivesNobody(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authpi", databaseURLs["sqlite"](t), 0)
	site.write(t, "users.jsonl", `{"email":"a@example.com","name":"Ann One"}`+"\n")
	_, results, _ := site.push(t, "authpi")
	id := results[1].ID
	if _, err := site.api.Users().Update(id, func(u *fakeprovider.User) { u.Status = fakeprovider.Deleted }); err != nil {
		t.Fatal(err)
	}
	site.write(t, "more.jsonl", fmt.Sprintf("{\"email\":\"a@example.com\",\"suspended\":false}\n{\"id\":%q,\"suspended\":false}\n", id))
	code, results, errs := site.push(t, "authpi")
	there, _ := site.api.Users().Get(id)
	if code != exitFailed || there.Status != fakeprovider.Deleted || !strings.Contains(results[2].Error, "the provider has deleted this user") || results[1].ID == id {
		t.Errorf("exit code %d: %+v, %+v\n%s", code, there, results, errs)
	}
}

// Two people may share an address at authon, where no user shows an external id:
// none is overwritten. Who is known to have another one is somebody else; where
// nobody knows, the line fails.
func TestPushKeepsPeopleApartWhoShareAnAddress(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newPushSite(t, "authon", databaseURL, 0)
		const header, ann, bob, cy = "external_id,email,name\n", "app-1,family@example.com,Ann\n", "app-2,Family@example.com,Bob\n", "app-3,family@example.com,Cy\n"
		site.write(t, "users.csv", header+ann+bob)
		for _, want := range []string{"2 created, 3 created", "2 unchanged, 3 unchanged"} {
			if code, results, errs := site.push(t, "authon"); code != exitOK || shortResults(results) != want {
				t.Fatalf("exit code %d: %+v\n%s", code, results, errs)
			}
		}
		site.write(t, "users.csv", header+cy)
		code, results, errs := site.push(t, "authon")
		if code != exitFailed || !strings.Contains(results[2].Error, "whoever has this e-mail may have another") {
			t.Fatalf("exit code %d: %+v\n%s", code, results, errs)
		}
		site.write(t, "users.csv", header+ann+bob+cy)
		code, results, errs = site.push(t, "authon")
		if code != exitOK || shortResults(results) != "2 unchanged, 3 unchanged, 4 created" || len(site.rows(t)) != 3 {
			t.Errorf("exit code %d: %+v\n%s", code, results, errs)
		}
		for line, externalID := range map[int]string{2: "app-1", 3: "app-2", 4: "app-3"} {
			if user, _ := site.api.Users().Get(results[line].ID); user.ExternalID != externalID {
				t.Errorf("%+v, want %s", user, externalID)
			}
		}
	})
}
