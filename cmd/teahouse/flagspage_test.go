package main

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"teahouse/internal/cli"
)

var update = flag.Bool("update", false, "write docs/flags.md anew from the flags")

const flagsPage = "../../docs/flags.md"

// docs/flags.md is made from the flags themselves, so it says what --help says.
func TestFlagsPage(t *testing.T) {
	parser, err := new(config).parser()
	if err != nil {
		t.Fatal(err)
	}
	want := renderFlags(parser.Model, reloadable(t))
	if *update {
		if err := os.WriteFile(flagsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(flagsPage); err != nil || string(got) != want {
		t.Errorf("%s is not what the flags say (%v); write it anew:\n\tgo test ./cmd/teahouse -run TestFlagsPage -update", flagsPage, err)
	}
}

// renderFlags returns the page, in Markdown.
func renderFlags(app *kong.Application, reloaded []string) string {
	var page strings.Builder
	page.WriteString(flagsPageTop)
	for _, f := range app.Flags {
		if !cli.AllowedInFile(f) && f.Name != "config" {
			continue // --help and --version
		}
		fmt.Fprintf(&page, "| %s | %s | %s | %s | %s |\n", code(usageOf(f)), code(strings.Join(f.Envs, " ")), code(f.Default), sighup(f, reloaded), cell(helpOf(f)))
	}
	page.WriteString("\n## Commands\n\n| `teahouse …` | |\n|---|---|\n")
	for _, command := range app.Leaves(true) {
		name := command.Name
		for _, arg := range command.Positional {
			name += " " + arg.Summary()
		}
		fmt.Fprintf(&page, "| %s | %s |\n", code(name), cell(command.Help))
	}
	return page.String()
}

const flagsPageTop = `# Flags and commands

<!-- Made by: go test ./cmd/teahouse -run TestFlagsPage -update -->

This page is generated from the program; ` + "`teahouse --help`" + ` says the same.

You can set a flag on the command line, by its environment variable, or in the YAML file given by
` + "`--config`" + `. The command line wins over the environment, and the environment over the file.
[Configuration](operating.md#configuration) explains the file and the units.

The column *reload* says whether a running server picks up a change when it gets ` + "`SIGHUP`" + `; all
other changes wait for a restart.

| flag | environment | default | reload | |
|---|---|---|---|---|
`

func usageOf(f *kong.Flag) string {
	if f.IsBool() {
		return "--" + f.Name
	}
	return "--" + f.Name + " " + f.PlaceHolder
}

// helpOf returns the help text without the default, which has a column of its own.
func helpOf(f *kong.Flag) string {
	help, _, _ := strings.Cut(f.Help, " By default: ")
	return help
}

func sighup(f *kong.Flag, reloaded []string) string {
	if slices.Contains(reloaded, f.Name) {
		return "yes"
	}
	return ""
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + cell(s) + "`"
}

// cell returns text as it stands in a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// reloadable returns the names of the flags that take effect in a running server.
func reloadable(t *testing.T) []string {
	t.Helper()
	before, fresh := config{}, config{}
	parser, err := fresh.parser()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range parser.Model.Flags {
		change(t, f.Name, f.Target)
	}
	return before.changedFlags(before.withReloadable(fresh))
}

// change gives a flag a different value.
func change(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Struct:
		change(t, name, v.Field(0))
	default:
		t.Fatalf("--%s is a %s: tell change how to change one", name, v.Kind())
	}
}
