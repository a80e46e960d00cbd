package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/cli"
)

// writeFile creates a file and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The file overrides the defaults, the environment overrides the file, and the command line
// overrides everything.
func TestConfigFile(t *testing.T) {
	path := writeFile(t, "teahouse.yaml", `
# a comment
listen: [ssh://:2200, im://:2201]
history: 500
history-age: 720h
invite-only: true
limits: on
limit-lines: 1.5
log-level: warn
name-age: 0
`)
	t.Setenv("TEAHOUSE_HISTORY", "600")
	t.Setenv("TEAHOUSE_LOG_LEVEL", "error")
	c, command, err := parse([]string{"--config", path, "--log-level", "debug"})
	if err != nil || command != "serve" {
		t.Fatal(command, err)
	}
	if !slices.Equal(c.Listen, []string{"ssh://:2200", "im://:2201"}) || c.HistoryAge != 720*time.Hour || !c.InviteOnly || c.Limit.Lines != 1.5 || c.NameAge != 0 {
		t.Errorf("the file's values are not in force: %+v", c)
	}
	if c.History != 600 || c.LogLevel != "debug" || c.Data != "teahouse-data" || c.Limit.Typed != 16384 {
		t.Errorf("the command line, the environment and the defaults do not hold beside the file: %+v", c)
	}
	t.Setenv("TEAHOUSE_CONFIG", path)
	if c, command, err = parse([]string{"backup", "file"}); err != nil || command != "backup" || c.Limit.Lines != 1.5 {
		t.Errorf("with the file named in the environment, the command is %q and the configuration %+v (error %v)", command, c, err)
	}
	if c, _, err = parse([]string{"--config", "", "--listen", "ssh://:3"}); err != nil || c.Limit.Lines != 2 {
		t.Errorf("with --config \"\" the configuration is %+v (error %v), want the defaults", c, err)
	}
}

// An empty file is valid, and so is a list of one for a flag that may be repeated.
func TestConfigFileForms(t *testing.T) {
	for content, want := range map[string]string{
		"":                                 "ssh://:2222",
		"# nothing\n":                      "ssh://:2222",
		"---\n":                            "ssh://:2222",
		"listen: im://:1":                  "im://:1",
		"listen:\n  - im://:1\n":           "im://:1",
		"{listen: [\"im://:1\"]}":          "im://:1",
		"\ufefflisten: 'im://:1'\r\n":      "im://:1",
		"listen: im://:1,gopl://:2\n...\n": "im://:1",
	} {
		c, _, err := parse([]string{"--config", writeFile(t, "f", content)})
		if err != nil || c.Listen[0] != want {
			t.Errorf("the file %q opens the doors %v (error %v), want %s first", content, c.Listen, err, want)
		}
	}
}

// A flag with several values takes a list.
func TestConfigFileLists(t *testing.T) {
	c, _, err := parse([]string{"--config", writeFile(t, "f", "nats: [nats://a:1, nats://b:2]\nproxy-protocol:\n  - 10.0.0.0/8\n  - fd00::/8\n")})
	if err != nil || c.Nats != "nats://a:1,nats://b:2" || len(c.Balancers) != 2 {
		t.Errorf("lists in the file are read as %q and %v (error %v)", c.Nats, c.Balancers, err)
	}
}

// A mistake in the file is reported with its line and name, and nothing is started.
func TestConfigFileErrors(t *testing.T) {
	for content, want := range map[string]string{
		"history: 5\nhistroy-age: 5h\n":  "line 2: there is no flag --histroy-age",
		"config: other.yaml\n":           "line 1: there is no flag --config",
		"version: true\n":                "line 1: there is no flag --version",
		"\nhistory: many\n":              "line 2: --history",
		"history: 1.5\n":                 "line 1: --history",
		"history-age: 5 days\n":          "line 1: --history-age",
		"invite-only: perhaps\n":         "line 1: --invite-only: bool",
		"limits: maybe\n":                `line 1: limits must be one of ["on" "off"], not "maybe"`,
		"data: x\nhistory: 5\ndata: y\n": "line 3: data is here a second time, after line 1",
		"data:\n":                        "line 1: data has no value",
		"listen: []\n":                   "line 1: listen takes",
		"history: [1, 2]\n":              "line 1: --history takes one value, not a list",
		"\ndata: [a, b]\n":               "line 2: --data takes one value, not a list",
		"invite-only: [true]\n":          "line 1: --invite-only takes one value, not a list",
		"advertise: [a]\n":               "line 1: --advertise takes one value, not a list",
		"nats: ['nats://a:0']\n":         "--nats: the port 0 of a",
		"limit:\n  lines: 5\n":           "line 2: limit takes a plain value",
		"- listen\n":                     "line 1: write each flag as NAME: VALUE",
		"listen ssh://:1\n":              "line 1: write each flag as NAME: VALUE",
		"data: a\n---\ndata: b\n":        "second document",
		"data: &a x\nnats: *a\n":         "line 2: nats takes a plain value",
		"[a]: b\n":                       "line 1: this is not the name of a flag",
		"data: \"x\n":                    "yaml: line",
		"\tdata: x\n":                    "yaml:",
		"listen: smtp://:25\n":           "is not one of the doors",
		"history: -1\n":                  "cannot be negative",
		strings.Repeat("#", 1<<20+1):     "has more than",
	} {
		var stderr bytes.Buffer
		path := writeFile(t, "teahouse.yaml", content)
		if code := run([]string{"--config", path}, io.Discard, &stderr); code != exitConfig || !strings.Contains(stderr.String(), want) {
			t.Errorf("with the file %.40q teahouse exits with %d and says %s; want %d and %q", content, code, &stderr, exitConfig, want)
		}
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		var stderr bytes.Buffer
		if code := run([]string{"--config", path}, io.Discard, &stderr); code != exitConfig || !strings.Contains(stderr.String(), path) {
			t.Errorf("with --config %s teahouse exits with %d and says %s; want %d and the path", path, code, &stderr, exitConfig)
		}
	}
	// A mistake shows even if the value is overridden.
	if _, _, err := parse([]string{"--history=5", "--config", writeFile(t, "f", "history: many")}); err == nil {
		t.Error("a mistake in the file is not reported, because a flag overrides the value")
	}
}

// The example file has every flag, with its default.
func TestConfigFileExample(t *testing.T) {
	const path = "../../deploy/teahouse.yaml"
	without, _, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	with, _, err := parse([]string{"--config", path})
	if err != nil {
		t.Fatal(err)
	}
	with.Config = ""
	if fmt.Sprintf("%+v", with) != fmt.Sprintf("%+v", without) { // an empty list is none
		t.Errorf("%s does not have the defaults:\n%+v\nwant\n%+v", path, with, without)
	}
	file, err := cli.ReadConfigFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parser, err := new(config).parser()
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range parser.Model.Flags {
		if _, ok := file.Find(flag.Name); !ok && cli.AllowedInFile(flag) {
			t.Errorf("%s does not show the flag %s", path, flag.Name)
		}
	}
}
