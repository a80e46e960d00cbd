package sshd

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"teahouse/internal/i18n"
)

// Each code in the source has its sentence in the catalogue, whose own tests check that each is
// there in Chinese, too. Commands bring the sentences of their own codes along.
func TestEveryCodeHasASentence(t *testing.T) {
	for _, p := range sourcePhrases(t) {
		if i18n.English(p) == "" {
			t.Errorf("people would read the code %q: the catalogue has no sentence for it", p)
		}
	}
}

// sourcePhrases returns every code in the source of all packages.
func sourcePhrases(t *testing.T) (all []string) {
	constants := 0
	for _, name := range goFiles(t) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if n, ok := n.(*ast.ValueSpec); ok && isNamed(n.Type, "Code") {
				constants += len(n.Values)
				all = append(all, stringLiterals(t, n.Values...)...)
			}
			return true
		})
	}
	if constants < 100 { // the source is written in another way now
		t.Fatalf("found only %d codes in the source", constants)
	}
	return all
}

// isNamed reports whether an expression is a name, of this package or another.
func isNamed(e ast.Expr, name string) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == name
	case *ast.SelectorExpr:
		return e.Sel.Name == name
	}
	return false
}

// stringLiterals returns the values of string literals.
func stringLiterals(t *testing.T, values ...ast.Expr) (all []string) {
	for _, v := range values {
		text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

// goFiles returns the Go files of all packages, without tests.
func goFiles(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
