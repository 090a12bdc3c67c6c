package script

import (
	"errors"
	"fmt"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
)

// Check reports why the text of a file is no script, or nil. The error begins with
// file and line. It reads and runs nothing.
func (*Pool) Check(file, text string) error {
	_, err := compile(file, text)
	return err
}

// compile reads a script. Strict mode makes an error of a global that is only
// misspelt; otherwise `reslt = …` would be a delivery lost without a word.
func compile(file, text string) (*goja.Program, error) {
	switch {
	case len(text) > maxText:
		return nil, fmt.Errorf("%s:1: a script has at most %d KiB", file, maxText>>10)
	case nests(text):
		return nil, fmt.Errorf("%s:1: brackets stand too deep in each other", file)
	}
	tree, err := parse(file, text)
	if err == nil {
		var program *goja.Program
		if program, err = goja.CompileAST(tree, true); err == nil {
			return program, nil
		}
	}
	var list parser.ErrorList
	var syntax *goja.CompilerSyntaxError
	switch {
	case errors.As(err, &list) && len(list) > 0:
		return nil, fmt.Errorf("%s:%d: %s", file, list[0].Position.Line, list[0].Message)
	case errors.As(err, &syntax) && syntax.File != nil:
		return nil, fmt.Errorf("%s:%d: %s", file, syntax.File.Position(syntax.Offset).Line, syntax.Message)
	default:
		return nil, fmt.Errorf("%s:1: %w", file, err)
	}
}

// parse never looks for a source map: that would open the file that a comment names.
func parse(file, text string) (*ast.Program, error) {
	return parser.ParseFile(nil, file, text, 0, parser.WithDisableSourceMaps)
}

// nests reports whether brackets, wherever they stand, are opened so often that the
// parser would need more stack than anybody's script does.
func nests(text string) bool {
	const most = 500
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(', '[', '{':
			if depth++; depth > most {
				return true
			}
		case ')', ']', '}':
			depth = max(depth-1, 0)
		}
	}
	return false
}
