package e2e

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/grammar"
)

// hostileText is what users must never be able to send to a terminal: colours, a title, a query,
// C1, reordered and invisible text, forged lines.
const hostileText = "<\x1b[31mred\x1b]0;title\x07\x1b[6n\x1bPq\x1b\\\u009b31m\u202egnp.exe\u2066\u200b\u00ad\x00\x08\x7f\r* root joined\v\u2028\u0085>"

// stylePattern matches the sequences that style text.
var stylePattern = regexp.MustCompile(`\x1b(\[[0-9;]*m|\]8;;[!-~]*\x1b\\)`)

// stripStyles returns a terminal's output as text, with folded rows joined.
func stripStyles(raw string) string {
	if strings.Contains(raw, "\x1b") {
		raw = stylePattern.ReplaceAllString(raw, "")
	}
	if strings.Contains(raw, "╎") {
		raw = foldPattern.ReplaceAllString(raw, " ")
	}
	return raw
}

// foldPattern matches the places where a line continues in the next row.
var foldPattern = regexp.MustCompile(` *\r?\n *╎ `)

// checkTerminalOutput checks all output to a terminal, and checkTextOutput that to others.
func checkTerminalOutput(t *testing.T, name, raw string) {
	t.Helper()
	checkOutput(t, name, grammar.CheckTerminal, raw)
}
func checkTextOutput(t *testing.T, name, raw string) {
	t.Helper()
	checkOutput(t, name, grammar.CheckText, raw)
}

func checkOutput(t *testing.T, name string, check func(string) error, raw string) {
	t.Helper()
	if err := check(grammar.TrimIncomplete(raw)); err != nil {
		t.Errorf("%s was sent control characters that somebody typed: %v", name, err)
	}
	for line := range strings.Lines(raw) {
		if strings.HasPrefix(strings.TrimLeft(line, "\r"), "* root") {
			t.Errorf("%s reads a forged line", name)
		}
	}
}

// Protects everybody's terminal from everybody else, at every door, whether in messages, names or
// commands.
func TestNoTerminalInjection(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	victim := launch(t, h.ssh("victim", "-tt")...)
	victim.expect(testkit.EnglishPart("sshd-welcome-line", 0) + "victim")
	bob, carol := h.nc("bob"), h.menu("carol")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.expect("* ear joined")

	stdin, stdout := h.sshClient(t, "mallory\x1b[31m").terminal()
	mallory := readAll(t, "mallory", stdout)
	for _, typed := range []string{
		emptyPaste, "typed \x9b31m " + hostileText + "\r", "\x1b[200~pasted \x9b31m" + hostileText + "\x1b[201~\r",
		"/msg victim told " + hostileText + "\r", "/msg " + hostileText + " x\r", "/" + hostileText + "\r", "/nick a" + hostileText + "\r",
	} {
		if _, err := io.WriteString(stdin, typed); err != nil {
			t.Fatal(err)
		}
	}
	bob.sendLines("茶", "raw \x9b31m", "plain "+hostileText, "rename|x"+hostileText, "to|victim|told "+hostileText, "to|"+hostileText+"|x")
	carol.sendLines("menu " + hostileText)
	text := strings.ReplaceAll(hostileText, "\x00", "") // with that it would not be text, and be refused
	runClient(t, h.ssh("pipe", "-T"), "pipe "+text+"\n")
	runClient(t, withCommand(h.ssh("exec"), "say 'exec "+text+"'"))
	if r := runClient(t, withCommand(h.ssh("exec"), "nonsense\x1b[31m")); strings.Contains(r.err, "\x1b") {
		t.Errorf("a command with control characters is answered by %q", r.err)
	}

	victim.expect("bob: plain <", "carol: menu <", "pipe: pipe <", "exec: exec <",
		"mallory: typed 31m <", "mallory: pasted 31m<", "mallory to you] told <", "bob to you] told <")
	bob.expect(testkit.Chinese(reply.TextMalformed))
	bob.sendLines("said last")
	for name, c := range map[string]*client{"victim": victim, "bob": bob, "carol": carol, "ear": ear} {
		c.expect("said last")
		if c == victim {
			checkTerminalOutput(t, name, c.out.String())
		} else {
			checkTextOutput(t, name, c.out.String())
		}
	}
	checkTerminalOutput(t, "mallory", mallory.String())
	checkTextOutput(t, "the log", h.err.String())
}
