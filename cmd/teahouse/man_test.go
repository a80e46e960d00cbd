package main

import (
	"os/exec"
	"strings"
	"testing"
)

// The manual page has each flag with its variable and each command, and formatters have no
// complaints.
func TestManPage(t *testing.T) {
	parser, err := new(config).parser()
	if err != nil {
		t.Fatal(err)
	}
	source, err := manPage(parser.Model, "2026-11-20")
	if err != nil {
		t.Fatal(err)
	}
	page := string(source)
	plain := strings.NewReplacer(`\-`, "-", `\&`, "", `\fB`, "", `\fP`, "", `\fI`, "").Replace(page)
	wants := []string{".TH TEAHOUSE 1", "ssh -p 2222 localhost\n", "\nbackup FILE\n", "\ntrim [yes]\n", "\nhelp [COMMAND]\n"}
	for _, flag := range parser.Model.Flags {
		wants = append(append(wants, "\n--"+flag.Name), flag.Envs...)
	}
	for _, command := range parser.Model.Leaves(false) {
		wants = append(wants, "\n"+command.Name)
	}
	for _, want := range wants {
		if !strings.Contains(plain, want) {
			t.Errorf("the manual page lacks %q", want)
		}
	}
	for _, formatter := range [][]string{{"groff", "-man", "-Tutf8", "-ww", "-z"}, {"mandoc", "-T", "lint", "-W", "warning"}} {
		if _, err := exec.LookPath(formatter[0]); err != nil {
			continue // not installed
		}
		format := exec.Command(formatter[0], formatter[1:]...)
		format.Stdin = strings.NewReader(page)
		if complaints, err := format.CombinedOutput(); err != nil || len(complaints) > 0 {
			t.Errorf("%s complains about the manual page (%v):\n%s", formatter[0], err, complaints)
		}
	}
}

// help and version work as commands, as in other programs.
func TestHelpAndVersion(t *testing.T) {
	for _, test := range []struct {
		args  []string
		wants string
	}{
		{[]string{"--help"}, "Usage: teahouse [flags] [command]\n\nA chat server"},
		{[]string{"help"}, "Usage: teahouse [flags] [command]\n\nA chat server"},
		{[]string{"help", "backup"}, "Usage: teahouse backup <file> [flags]\n\nWrite the stored"},
		{[]string{"--version"}, version() + "\n"},
		{[]string{"version"}, version() + "\n"},
	} {
		parser, err := new(config).parser()
		if err != nil {
			t.Fatal(err)
		}
		var stdout strings.Builder
		ended := -1
		parser.Stdout, parser.Exit = &stdout, func(code int) { ended = code }
		_, _ = parser.Parse(test.args) // which goes on, as it did not exit
		if ended != exitOK || !strings.HasPrefix(stdout.String(), test.wants) {
			t.Errorf("teahouse %v exits with %d and prints %s; want %q", test.args, ended, &stdout, test.wants)
		}
	}
	if _, _, err := parse([]string{"help", "bakcup"}); err == nil {
		t.Error("teahouse help explains a command that does not exist")
	}
}
