package prisma

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// install returns a folder with the handler and its packages. It is made once for each
// state of the embedded files and kept among the user's caches.
func install(ctx context.Context) (string, error) {
	for _, program := range []string{"node", "npm", "npx"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("the rival of Express and Prisma needs %s, which is not in PATH: install Node.js 20.19 or newer with npm", program)
		}
	}
	caches, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no folder for the packages of npm: %w", err)
	}
	sum, err := digest(project)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(caches, "usersync-bench-"+sum)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(caches, 0o755); err != nil {
		return "", err
	}
	// Beside its place and renamed at the end: what is there is whole.
	unfinished, err := os.MkdirTemp(caches, "usersync-bench-unfinished-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(unfinished) }()
	if err := os.CopyFS(unfinished, project); err != nil {
		return "", err
	}
	if err := run(ctx, unfinished, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		return "", err
	}
	// The client is made from the schema alone; the engine, which would be downloaded, is
	// for migrations.
	if err := run(ctx, unfinished, "npx", "prisma", "generate", "--schema", "schema.prisma"); err != nil {
		return "", err
	}
	if err := os.Rename(unfinished, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return dir, nil
}

func run(ctx context.Context, dir, program string, words ...string) error {
	cmd := exec.CommandContext(ctx, program, words...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PRISMA_SCHEMA_ENGINE_BINARY=/bin/true", "CHECKPOINT_DISABLE=1", "PRISMA_HIDE_UPDATE_MESSAGE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s, which brings the packages of the rival from npm's registry: %w\n%s", program, words[0], err, out)
	}
	return nil
}

// digest is a name for the content of files.
func digest(files fs.FS) (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
		return err
	})
	return fmt.Sprintf("%x", hash.Sum(nil)[:8]), err
}
