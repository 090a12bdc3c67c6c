package main

import (
	"bytes"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"usersync/internal/pgtest"
)

// What others did to the database is told with what heals it, and decides the exit code.
func TestCheckOfATamperedDatabase(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	file := writeConfig(t, server, "")
	if code, _, errs := runProgram(t, "migrate", "up", "--config", file); code != exitOK {
		t.Fatal(errs)
	}
	code, out, _ := runProgram(t, "check", "--config", file)
	if code != exitOK || !strings.Contains(out, "ok     columns ") || !strings.Contains(out, "ok     indexes ") || !strings.Contains(out, "ok     pooler         none\n") || !strings.Contains(out, "WARN   durability     fsync is off") {
		t.Errorf("untouched: exit code %d\n%s", code, out)
	}
	execute(t, server, "DROP INDEX users_email")
	code, out, _ = runProgram(t, "check", "--config", file)
	if code != exitOK || !strings.Contains(out, "WARN   indexes        users_email is not there: whoever looks for an address reads the whole table → CREATE INDEX \"users_email\" ON \"public\".\"users\"") {
		t.Errorf("without the index: exit code %d\n%s", code, out)
	}
	execute(t, server, "ALTER TABLE users ALTER email SET NOT NULL")
	code, out, _ = runProgram(t, "check", "--json", "--config", file)
	var findings []finding
	if err := json.Unmarshal([]byte(out), &findings); err != nil || code != exitFailed {
		t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	want := finding{Name: "columns", Detail: "users.email is NOT NULL: users without one are refused, and become dead letters", Remedy: `ALTER TABLE users ALTER COLUMN "email" DROP NOT NULL`, Class: classFailed}
	if !slices.Contains(findings, want) {
		t.Errorf("no %+v in %+v", want, findings)
	}
}

// A database that takes connections and says nothing does not make the check hang.
func TestCheckOfAMuteDatabase(t *testing.T) {
	t.Parallel()
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	var out, errs bytes.Buffer
	p := &program{stdout: &out, stderr: &errs, checkWait: 300 * time.Millisecond}
	code := p.run(t.Context(), []string{"check", "--config", writeConfig(t, "postgres://nobody:hunter2@"+mute.Addr().String()+"/none", "")})
	if code != exitFailed || !strings.Contains(out.String(), "FAILED database ") || strings.Contains(out.String()+errs.String(), "hunter2") {
		t.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
}
