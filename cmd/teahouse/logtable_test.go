package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const guidePath = "../../docs/operating.md"

// The operators' guide explains every message that the log can have, with its level, and none
// that it cannot.
func TestGuideListsEveryLogMessage(t *testing.T) {
	logged, explained := loggedLines(t), documentedLines(t)
	for line := range logged {
		if !explained[line] {
			t.Errorf("an operator would not find this line of the log in %s: %s", guidePath, line)
		}
	}
	for line := range explained {
		if !logged[line] {
			t.Errorf("%s explains a line that is never logged: %s", guidePath, line)
		}
	}
}

// documentedLines returns the level and message of each row of the guide's table.
func documentedLines(t *testing.T) map[string]bool {
	text, err := os.ReadFile(guidePath)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	row := regexp.MustCompile("(?m)^\\| (INFO|WARN|ERRO) \\| `([^`]+)` \\| [^|]+ \\|[^|]*\\|$")
	for _, cells := range row.FindAllStringSubmatch(string(text), -1) {
		line := cells[1] + " " + cells[2]
		if lines[line] {
			t.Errorf("%s explains this line twice: %s", guidePath, line)
		}
		lines[line] = true
	}
	return lines
}

// loggedLines returns the level and message of everything that teahouse's packages log at the
// levels shown by default.
func loggedLines(t *testing.T) map[string]bool {
	lines := map[string]bool{}
	for _, name := range sources(t) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if level := levelOf(call.Fun); level != "" {
				lines[level+" "+messageOf(t, name, call)] = true
			}
			return true
		})
	}
	if len(lines) < 50 { // the source is written in another way now
		t.Fatalf("only %d lines of the log were found in the source: %q", len(lines), slices.Sorted(maps.Keys(lines)))
	}
	return lines
}

// messageOf returns the message that a call logs. It must be a literal; what varies belongs in
// fields.
func messageOf(t *testing.T, file string, call *ast.CallExpr) string {
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		t.Fatalf("%s: a message is put together; write it out, and what varies as fields", file)
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sources returns the source files of the server's packages.
func sources(t *testing.T) (names []string) {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-f", `{{if .Module}}{{if .Module.Main}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`, ".")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Fields(string(out))
}

// levelOf returns the level of a call of a logger's method, as the log writes it, or "" for other
// calls and for debug.
func levelOf(called ast.Expr) string {
	method, ok := called.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	var receiver string
	switch x := method.X.(type) {
	case *ast.Ident:
		receiver = x.Name
	case *ast.SelectorExpr:
		receiver = x.Sel.Name
	}
	if !slices.Contains([]string{"log", "Log", "logger"}, receiver) {
		return ""
	}
	return map[string]string{"Info": "INFO", "Warn": "WARN", "Error": "ERRO"}[method.Sel.Name]
}
