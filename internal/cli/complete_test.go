package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

type commandLine struct {
	Level   string `enum:"debug,info,warn" default:"info"`
	Log     bool
	Data    string
	Listen  []string
	Count   int
	Age     time.Duration
	Serve   struct{} `cmd:"" default:"1"`
	Restore struct {
		File string `arg:""`
		Yes  string `arg:"" optional:"" enum:",yes" default:""`
	} `cmd:""`
}

// Tab offers the flags, values and commands that may come next.
func TestComplete(t *testing.T) {
	app := kong.Must(new(commandLine)).Model
	for line, want := range map[string]string{
		"tea":                       "",
		"tea ":                      "serve restore",
		"tea re":                    "restore",
		"tea -":                     "--help --level --log --data --listen --count --age",
		"tea --l":                   "--level --log --listen",
		"tea --level ":              "debug info warn",
		"tea --level=w":             "warn",
		"tea --level warn s":        "serve",
		"tea --level=warn --log s":  "serve",
		"tea --data ":               "",
		"tea --data serve r":        "restore",
		"tea restore ":              "",
		"tea restore --le":          "--level",
		"tea restore file ":         "yes",
		"tea restore --log file y":  "yes",
		"tea restore file yes more": "",
		"tea no such ":              "serve restore",
	} {
		if got := Complete(app, line); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("Tab after %q offers %q, want %q", line, got, strings.Fields(want))
		}
	}
}

// What comes after the cursor doesn't matter.
func TestCompletedLine(t *testing.T) {
	for point, want := range map[string]string{"": "tea --le serve", "0": "", "8": "tea --le", "14": "tea --le serve", "99": "tea --le serve", "-1": "tea --le serve"} {
		t.Setenv("COMP_LINE", "tea --le serve")
		t.Setenv("COMP_POINT", point)
		if line, ok := CompletedLine(); line != want || !ok {
			t.Errorf("with the cursor at %q the line to complete is %q, %v; want %q", point, line, ok, want)
		}
	}
	t.Setenv("COMP_LINE", "")
	if _, ok := CompletedLine(); ok {
		t.Error("a line is completed although no shell asks")
	}
}
