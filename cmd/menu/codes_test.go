package main

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/i18n"
)

// Each code has its sentence, in English and in Chinese.
func TestEveryCodeHasASentence(t *testing.T) {
	catalogue := i18n.New()
	printer := catalogue.Printer(language.Chinese)
	codes := constants(t, "codes.go")
	if len(codes) == 0 {
		t.Fatal("codes.go has no constants")
	}
	for name, code := range codes {
		if i18n.English(code) == "" {
			t.Errorf("somebody would read nothing for %s: the catalogue has no sentence %q", name, code)
			continue
		}
		args := make([]any, strings.Count(i18n.English(code), "%"))
		for i := range args {
			args[i] = "x"
		}
		if chinese := printer.Sprintf(code, args...); strings.Contains(chinese, "%!") {
			t.Errorf("%s takes other values in Chinese: people would read %q", name, chinese)
		}
	}
}

// constants returns the string constants of a file of this package. They are read from the
// source, so that no list can miss a new one.
func constants(t *testing.T, file string) map[string]string {
	t.Helper()
	fileSet := token.NewFileSet()
	syntax, err := parser.ParseFile(fileSet, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := new(types.Config).Check("main", fileSet, []*ast.File{syntax}, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, name := range pkg.Scope().Names() {
		if c, ok := pkg.Scope().Lookup(name).(*types.Const); ok {
			found[name] = constant.StringVal(c.Val())
		}
	}
	return found
}
