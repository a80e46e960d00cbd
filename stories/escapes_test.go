package stories

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"teahouse/escape/grammar"
)

// evil is what a terminal must never be sent in somebody's name: colours, a
// title, a question, C1, reordered and invisible text, forged lines.
const evil = "<\x1b[31mred\x1b]0;title\x07\x1b[6n\x1bPq\x1b\\\u009b31m\u202egnp.exe\u2066\u200b\u00ad\x00\x08\x7f\r* root joined\v\u2028\u0085>"

// styles are the sequences that say how text looks.
var styles = regexp.MustCompile(`\x1b(\[[0-9;]*m|\]8;;[!-~]*\x1b\\)`)

// unstyled returns what was sent to a terminal as text, with folded rows put together.
func unstyled(raw string) string {
	return folds.ReplaceAllString(styles.ReplaceAllString(raw, ""), " ")
}

// folds are where a line goes on in the next row.
var folds = regexp.MustCompile(` *\r?\n *╎ `)

// atTerminal checks all that a terminal was sent, and inText what others were.
func atTerminal(t *testing.T, name, raw string) { t.Helper(); sent(t, name, grammar.Terminal, raw) }
func inText(t *testing.T, name, raw string)     { t.Helper(); sent(t, name, grammar.Text, raw) }

func sent(t *testing.T, name string, check func(string) error, raw string) {
	t.Helper()
	if err := check(grammar.Whole(raw)); err != nil {
		t.Errorf("%s is sent what it must not be: %v", name, err)
	}
	for line := range strings.Lines(raw) {
		if strings.HasPrefix(strings.TrimLeft(line, "\r"), "* root") {
			t.Errorf("%s reads a forged line", name)
		}
	}
}

// Protects everybody's terminal from everybody else, whatever the door, and
// whether it is talk, a name or a question.
func TestNobodySteersATerminal(t *testing.T) {
	t.Parallel()
	h := start(t)
	victim := launch(t, h.ssh("victim", "-tt")...)
	victim.sees("Welcome to teahouse, victim")
	bob, carol := h.nc("bob"), h.menu("carol")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.sees("* ear joined")

	stdin, stdout := h.bare(t, "mallory\x1b[31m").terminal()
	mallory := reading(t, "mallory", stdout)
	for _, typed := range []string{
		marks, "typed \x9b31m " + evil + "\r", "\x1b[200~pasted \x9b31m" + evil + "\x1b[201~\r",
		"/msg victim told " + evil + "\r", "/msg " + evil + " x\r", "/" + evil + "\r", "/nick a" + evil + "\r",
	} {
		if _, err := io.WriteString(stdin, typed); err != nil {
			t.Fatal(err)
		}
	}
	bob.types("茶", "raw \x9b31m", "plain "+evil, "rename|x"+evil, "to|victim|told "+evil, "to|"+evil+"|x")
	carol.types("menu " + evil)
	text := strings.ReplaceAll(evil, "\x00", "") // with that it would be no text, and refused
	ask(t, h.ssh("pipe", "-T"), "pipe "+text+"\n")
	ask(t, with(h.ssh("exec"), "say 'exec "+text+"'"))
	if r := ask(t, with(h.ssh("exec"), "nonsense\x1b[31m")); strings.Contains(r.err, "\x1b") {
		t.Errorf("a command is told %q", r.err)
	}

	victim.sees("bob: plain <", "carol: menu <", "pipe: pipe <", "exec: exec <",
		"mallory: typed 31m <", "mallory: pasted 31m<", "mallory to you] told <", "bob to you] told <")
	bob.sees("不是有效的 UTF-8 文本，什么也没有发出。")
	bob.types("said last")
	for name, c := range map[string]*client{"victim": victim, "bob": bob, "carol": carol, "ear": ear} {
		c.sees("said last")
		if c == victim {
			atTerminal(t, name, c.out.String())
		} else {
			inText(t, name, c.out.String())
		}
	}
	atTerminal(t, "mallory", mallory.String())
	inText(t, "the log", h.err.String())
}
