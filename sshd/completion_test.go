package sshd

import (
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/room"
)

// After a command, completion offers what the command takes: people only where it takes a name,
// or a text that may mention somebody.
func TestCompletionAfterCommands(t *testing.T) {
	h := room.New(room.Config{})
	u, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Leave(room.Quit)
	other, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "theo"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Leave(room.Quit)
	wei, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "Li Wei"})
	if err != nil {
		t.Fatal(err)
	}
	defer wei.Leave(room.Quit)
	for line, want := range map[string]string{
		"/set ":          "bell |clock |lang |notify |plain |quiet |theme |zone ",
		"/set th":        "theme ",
		"/set theme b":   "bright ",
		"/set bell ":     "off |on ",
		"/set no ":       "",
		"/set lang zh t": "",
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

		"/help history t":   "",
		"/theme ink t":      "",
		"/nick t":           "",
		"/rename t":         "",
		"/name release t":   "",
		"/forget me ":       "",
		"/forget me y":      "yes ",
		"/key add A Y":      "yes ",
		"/name release x y": "yes ",
		"/whois theo y":     "",
		"/forget y":         "",
		"/who t":            "",
		"/quit t":           "",
		"/history t":        "theo ",
		"/history 5 t":      "",
		"/more t":           "",
		"/search t":         "",
		"/join t":           "",
		"/join l":           "#lobby ",
		"/join #l":          "#lobby ",
		"/away t":           "",
		"/nonsense t":       "",
		"/whois t":          "theo ",
		"/whois @t":         "theo ",
		"/whois Li W":       "Li Wei ",
		"/ignore t":         "theo ",
		"/say hi t":         "theo ",
		"/me greets t":      "theo ",
		"/msg theo t":       "theo ",
		"/msg Li W":         "Li Wei ",
		"/msg theo hi @t":   "@theo ",
		"/msg theo #l":      "#lobby ",
		"/reply ask t":      "theo ",
		"//say t":           "theo ",
		"/say\nt":           "theo ",
	} {
		if _, options := completeLine(command.NewRunner(u), line, len(line)); strings.Join(options, "|") != want {
			t.Errorf("Tab after %q offers %q, want %q", line, options, want)
		}
	}
}
