package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// The manual page tells of each flag, the variable for it, and each command; and
// what formats it has nothing to complain of.
func TestManual(t *testing.T) {
	var c config
	parser, err := kong.New(&c, kong.Name("teahouse"), kong.Description(description), kong.Vars{"version": version()})
	if err != nil {
		t.Fatal(err)
	}
	page := string(manual(parser.Model))
	plain := strings.NewReplacer(`\-`, "-", `\&`, "", `\fB`, "", `\fP`, "", `\fI`, "").Replace(page)
	wants := []string{".TH TEAHOUSE 1", "ssh -p 2222 localhost\n"}
	for _, flag := range parser.Model.Flags {
		wants = append(append(wants, "\n--"+flag.Name), flag.Envs...)
	}
	for _, command := range parser.Model.Leaves(false) {
		wants = append(wants, "\n"+command.Name)
	}
	for _, want := range wants {
		if !strings.Contains(plain, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if _, err := exec.LookPath("groff"); err != nil {
		return // the rest is for those who have it
	}
	format := exec.Command("groff", "-man", "-Tutf8", "-ww")
	format.Stdin = strings.NewReader(page)
	var complaints strings.Builder
	format.Stderr = &complaints
	if err := format.Run(); err != nil || complaints.Len() > 0 {
		t.Errorf("groff: %v\n%s", err, &complaints)
	}
}
