package pgtest

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// account is the user that the server runs as.
type account struct {
	name     string
	uid, gid int
	// switched says that it is not the user of this process.
	switched bool
}

// serverAccount picks the server's user. Postgres refuses to run as root, so
// root borrows an account that can do no harm.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(found.Uid)
		if err != nil {
			return account{}, fmt.Errorf("user %s has the id %q, which is no number", name, found.Uid)
		}
		gid, err := strconv.Atoi(found.Gid)
		if err != nil {
			return account{}, fmt.Errorf("user %s has the group %q, which is no number", name, found.Gid)
		}
		return account{name: name, uid: uid, gid: gid, switched: true}, nil
	}
	return account{}, fmt.Errorf("Postgres does not run as root, and there is neither a user postgres nor nobody: " +
		"run the tests as another user, or add one with: useradd --system postgres")
}

// attributes are the process attributes of the server. Its own process group
// keeps Ctrl-C on the terminal from stopping it before the tests have ended.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.switched {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

// own hands a folder to the account.
func (a account) own(dir string) error {
	if !a.switched {
		return nil
	}
	return os.Chown(dir, a.uid, a.gid)
}

// environment is what the server's programs see: PG* variables would redirect
// them, and messages are read in English.
func environment() []string {
	var kept []string
	for _, entry := range os.Environ() {
		if strings.HasPrefix(entry, "PG") || strings.HasPrefix(entry, "LC_") || strings.HasPrefix(entry, "LANG") {
			continue
		}
		kept = append(kept, entry)
	}
	return append(kept, "LC_ALL=C")
}
