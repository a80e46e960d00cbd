package sshd

import (
	"strings"
	"testing"

	"teahouse/room"
)

// After a command that takes no names, what it takes is offered, and not people.
func TestCompletionAfterCommands(t *testing.T) {
	h := room.NewHouse()
	u, err := h.Enter(room.Visitor{Name: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Leave(room.Quit)
	other, err := h.Enter(room.Visitor{Name: "theo"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Leave(room.Quit)
	for line, want := range map[string]string{
		"/set ":          "bell |clock |lang |notify |plain |quiet |theme |zone ",
		"/set th":        "theme ",
		"/set theme b":   "bright ",
		"/set bell ":     "off |on ",
		"/set no ":       "",
		"/set lang zh t": "theo ",
		"/help hi":       "history ",
		"/help /hi":      "history ",
		"/help set":      "set |settings ",
		"/theme i":       "ink ",
		"/time o":        "off ",
		"/time ":         "12 |24 |Asia/Shanghai |Europe/Berlin |auto |off ",
		"/time Eur":      "Europe/Berlin ",
		"/msg th":        "theo ",
		"/hel":           "/help ",
		"set th":         "theo ",
	} {
		if _, options := completion(u, line, len(line)); strings.Join(options, "|") != want {
			t.Errorf("after %q: %q, want %q", line, options, want)
		}
	}
}
