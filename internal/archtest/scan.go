package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// source is what the rules look at in one file.
type source struct {
	// file and dir are relative to the root, with slashes; dir of the root is ".".
	file, dir string
	name      string // of the package
	lines     int
	imports   []string
	blank     []string
	hasInit   bool
}

// scan reads all Go files that ship. Like the go command it passes over
// testdata, vendor and folders that start with a dot or an underscore.
func scan(root string) ([]source, error) {
	var found []source
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			hidden := strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
			if file != root && (hidden || name == "testdata" || name == "vendor") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		src, err := read(file)
		if err != nil {
			return err
		}
		src.file = filepath.ToSlash(relative)
		src.dir = path.Dir(src.file)
		found = append(found, src)
		return nil
	})
	return found, err
}

// read parses one file.
func read(file string) (source, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return source{}, err
	}
	tree, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
	if err != nil {
		return source{}, fmt.Errorf("reading the imports: %w", err)
	}
	src := source{name: tree.Name.Name, lines: bytes.Count(text, []byte("\n"))}
	for _, spec := range tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, fmt.Errorf("%s: import %s: %w", file, spec.Path.Value, err)
		}
		src.imports = append(src.imports, imported)
		if spec.Name != nil && spec.Name.Name == "_" {
			src.blank = append(src.blank, imported)
		}
	}
	for _, decl := range tree.Decls {
		if function, ok := decl.(*ast.FuncDecl); ok && function.Recv == nil && function.Name.Name == "init" {
			src.hasInit = true
		}
	}
	return src, nil
}
