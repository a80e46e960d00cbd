package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// withChinese changes a command line to send a Chinese locale.
func withChinese(argv []string) []string {
	return slices.Concat([]string{"env", "LANG=zh_CN.UTF-8", argv[0], "-o", "SendEnv=LANG"}, argv[1:])
}

// withTerm changes a command line to use another terminal type.
func withTerm(term string, argv []string) []string {
	return slices.Concat([]string{"env", "TERM=" + term}, argv)
}

// enterChinese is enter, or enterAs if there is a key, for a user who reads Chinese.
func (cs *chatServer) enterChinese(name string, file ...string) *screen {
	cs.t.Helper()
	argv := cs.ssh(name)
	if len(file) > 0 {
		argv = cs.sshAs(name, withKey(file[0])...)
	}
	s := openScreen(cs.t, withChinese(argv)...)
	s.expect("欢迎来到 teahouse，" + name)
	s.expectRow(">")
	s.enablePasteMarks()
	return s
}

// expectPrompt waits until the cursor's line, with its prompt, is as wanted.
func (s *screen) expectPrompt(want string) {
	s.t.Helper()
	eventually(s.t, "the whole row is: "+want, func() bool {
		row, _ := s.row()
		return row == want
	})
}

// resizeAndWait changes the width of the window, and waits until the server has noticed: then a
// long text fills the row up to the last column.
func (s *screen) resizeAndWait(columns int) {
	s.t.Helper()
	s.waitWidth(columns)
	s.expectRow(">")
}

// waitWidth is resizeAndWait without a check of the row that is left.
func (s *screen) waitWidth(columns int) {
	s.t.Helper()
	s.resize(columns, 24)
	s.paste(strings.Repeat("0123456789", 25))
	eventually(s.t, fmt.Sprintf("the row has %d columns", columns), func() bool {
		row, _ := s.row()
		return len(row) == columns-1
	})
	s.pressKeys("C-u")
	eventually(s.t, "the row is empty again", func() bool {
		row, _ := s.row()
		return !strings.Contains(row, "0123456789")
	})
}

// rows returns the rows of the screen and of the scrollback, unchanged.
func (s *screen) rows() []string {
	return strings.Split(s.tmux("capture-pane", "-p", "-S", "-", "-t", s.pane), "\n")
}

// styled returns the screen with tmux's sequences for styles: each is set alone, and \x1b[0m resets
// all of them.
func (s *screen) styled() string {
	return strings.ReplaceAll(s.tmux("capture-pane", "-p", "-e", "-t", s.pane), "\x1b[0m\x1b[39m\x1b[49m", "\x1b[0m")
}

// expectStyled waits until the screen, with its sequences, matches.
func (s *screen) expectStyled(pattern string) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	eventually(s.t, fmt.Sprintf("the screen matches %q", pattern), func() bool { return re.MatchString(s.styled()) })
}

// lastMessage returns the rows of somebody's last message.
func (s *screen) lastMessage(name string) []string {
	s.t.Helper()
	rows := s.rows()
	head := regexp.MustCompile(`^[0-9]{2}:[0-9]{2} ` + regexp.QuoteMeta(name) + `: `)
	from := -1
	for i, row := range rows {
		if head.MatchString(row) {
			from = i
		}
	}
	if from < 0 {
		s.t.Fatalf("there is no message of %s", name)
	}
	to := from + 1
	for to < len(rows) && strings.HasPrefix(strings.TrimLeft(rows[to], " "), "╎") {
		to++
	}
	return rows[from:to]
}

// sshTTY starts ssh -tt with pipes, so that the raw output to a terminal can be checked.
func (cs *chatServer) sshTTY(name, term string, options ...string) *client {
	cs.t.Helper()
	c := launch(cs.t, withTerm(term, cs.ssh(name, append(options, "-tt")...))...)
	c.expect(testkit.EnglishPart("sshd-welcome-line", 0) + name)
	return c
}

// enterLine types a line at a terminal.
func (c *client) enterLine(line string) {
	c.t.Helper()
	c.send(line + "\r")
}

// expectMatch waits until the raw output matches, and returns the last match and its groups.
func (c *client) expectMatch(pattern string) []string {
	c.t.Helper()
	re := regexp.MustCompile(pattern)
	var found [][]string
	eventually(c.t, fmt.Sprintf("what is printed matches %q", pattern), func() bool {
		found = re.FindAllStringSubmatch(c.out.String(), -1)
		return len(found) > 0
	})
	return found[len(found)-1]
}

// Protects long messages in windows of any width: words stay whole, rows continue under the text
// with a mark that nobody can type, no row is wider than the window, and nothing is lost.
func TestLongLineIsFolded(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	english := strings.TrimSpace(strings.Repeat("the quick brown fox pours tea for 12 guests ", 12)) + " END"
	chinese := strings.Repeat("我们在茶馆里喝龙井茶，听人说书。", 15) + "完"
	readers := map[*screen]int{
		h.enter("ann"): 80, h.enter("ben"): 40, h.enter("cid"): 200,
		h.enterChinese("小红"): 80, h.enterChinese("小明"): 40, h.enterChinese("小刚"): 200,
	}
	for s, columns := range readers {
		if columns != 80 {
			s.resizeAndWait(columns)
		}
	}
	head := regexp.MustCompile(`^[0-9]{2}:[0-9]{2} bob: `)
	for _, said := range []struct{ text, gap, last string }{{english, " ", " END"}, {chinese, "", "完"}} {
		runClient(t, h.ssh("bob", "-T"), said.text+"\n")
		for s, columns := range readers {
			eventually(t, "the screen shows the end of the message", func() bool {
				return strings.Contains(s.all(), said.last)
			})
			rows := s.lastMessage("bob")
			parts := make([]string, len(rows))
			for i, row := range rows {
				if width := displaywidth.String(row); width >= columns {
					t.Errorf("in a window of %d columns a row takes %d: %s", columns, width, row)
				}
				mark := strings.Repeat(" ", len("12:34 bob: ")-2) + "╎ "
				switch {
				case i == 0:
					parts[i] = row[len(head.FindString(row)):]
				case strings.HasPrefix(row, mark):
					parts[i] = row[len(mark):]
				default:
					t.Errorf("in a window of %d columns a row begins in the wrong place: %q", columns, row)
				}
				if strings.HasPrefix(parts[i], "。") || strings.HasPrefix(parts[i], "，") {
					t.Errorf("in a window of %d columns a row begins with punctuation: %s", columns, row)
				}
			}
			if got := strings.Join(parts, said.gap); got != said.text {
				t.Errorf("in a window of %d columns the joined rows are %q", columns, got)
			}
			if most := displaywidth.String(said.text)/(columns-20) + 2; len(rows) < 2 || len(rows) > most {
				t.Errorf("in a window of %d columns the message takes %d rows", columns, len(rows))
			}
		}
	}
}

// Protects users from missing mentions: their name is in reverse video in others' messages, and
// nowhere else; their own messages are dimmed.
func TestMentionStandsOut(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, li := h.enter("alice"), h.enterChinese("小明")
	nc := h.nc("bob")
	nc.sendLines("malice is no name", "ALICE, tea?", "问问小明吧", "that is all")
	for _, s := range []*screen{alice, li} {
		s.expect("bob: that is all")
	}
	alice.expectStyled(`\x1b\[7mbob\x1b\[0m: ALICE, tea\?`)
	li.expectStyled(`\x1b\[7mbob\x1b\[0m: 问问小明吧`)
	for _, s := range []*screen{alice, li} {
		if n := strings.Count(s.styled(), "\x1b[7m"); n != 1 {
			t.Errorf("%d words are highlighted on the screen, want 1:\n%q", n, s.styled())
		}
	}
	alice.enterLine("I, alice, am here")
	alice.expectStyled(`\x1b\[2m[0-9]{2}:[0-9]{2}\x1b\[0m \x1b\[2malice\x1b\[0m: I, alice, am here`)
	li.enterLine("我是小明")
	li.expectStyled(`\x1b\[2m小明\x1b\[0m: 我是小明`)
	if n := strings.Count(alice.styled(), "\x1b[7m"); n != 1 {
		t.Errorf("%d words are highlighted on the screen, want 1", n)
	}
}

// Protects recognition: a user has one colour, for every reader, after reconnecting and after a
// restart.
func TestColourStays(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	const colour = `\x1b\[(38;5;[0-9]+)m\x1b\[1mbob\x1b\[22m\x1b\[39m✓?: `
	first, second := h.sshTTY("alice", "xterm-256color"), h.sshTTY("爱丽丝", "screen-256color")
	bob := h.enterAs("bob", id)
	bob.enterLine("one")
	was := first.expectMatch(colour + "one")[1]
	if now := second.expectMatch(colour + "one")[1]; now != was {
		t.Errorf("bob's name has the colour %s for one reader and %s for another", was, now)
	}
	bob.enterLine("/quit")
	bob.expect("[exit 0]")
	h.enterAs("bob", id).enterLine("two")
	if now := first.expectMatch(colour + "two")[1]; now != was {
		t.Errorf("bob's name had the colour %s, and has %s since he reconnected", was, now)
	}
	h = h.restart()
	third := h.sshTTY("carol", "tmux-256color")
	h.enterAs("bob", id).enterLine("three")
	if now := third.expectMatch(colour + "three")[1]; now != was {
		t.Errorf("bob's name had the colour %s, and has %s after the restart", was, now)
	}
}

// sgrPattern matches sequences that set a style or a link.
var sgrPattern = regexp.MustCompile(`\x1b(\[[0-9;:]*m|\]8;)`)

// Protects users who set NO_COLOR (no-color.org), and terminals without colours.
func TestNoColour(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	readers := map[string]*client{
		"NO_COLOR set":  h.sshTTY("ann", "xterm-256color", "-o", "SetEnv=NO_COLOR=1"),
		"NO_COLOR sent": launch(t, slices.Concat([]string{"env", "NO_COLOR=1"}, h.ssh("ben", "-tt", "-o", "SendEnv=NO_COLOR"))...),
		"TERM=dumb":     h.sshTTY("cid", "dumb"),
	}
	for _, c := range readers {
		c.expect("Welcome")
	}
	bob := h.enterAs("bob", id)
	bob.enterLine("*bold* and `code` and https://example.com/ for ann, ben and cid")
	bob.enterLine(strings.Repeat("long ", 60))
	bob.enterLine("/nick bert")
	bob.enterLine("done")
	for name, c := range readers {
		c.expect("*bold* and `code` and https://example.com/ for ann, ben and cid", ": done")
		c.enterLine("/help")
		c.expect(testkit.English("sshd-terminal-help"))
		if s := sgrPattern.FindString(c.out.String()); s != "" {
			t.Errorf("with %s, the terminal was sent the colour %q", name, s)
		}
	}
}

// Protects links: a terminal that supports them gets exactly the whole URL in each of its rows,
// others get it underlined.
func TestLinks(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	can, cannot := h.sshTTY("ann", "xterm-256color"), h.sshTTY("ben", "screen")
	const st = `\x1b\\`
	link := func(url, text string) string {
		return `\x1b\]8;;` + regexp.QuoteMeta(url) + st + regexp.QuoteMeta(text) + `\x1b\]8;;` + st
	}
	runClient(t, h.ssh("bob", "-T"), "see https://example.com/a?b=c. 见https://example.com/茶，很好\n")
	can.expectMatch("see " + link("https://example.com/a?b=c", "https://example.com/a?b=c") + `\. 见` +
		link("https://example.com/%E8%8C%B6", "https://example.com/茶") + "，很好")
	cannot.expectMatch(`see \x1b\[4mhttps://example.com/a\?b=c\x1b\[24m\. `)
	long := "https://example.com/" + strings.Repeat("tea/", 30)
	runClient(t, h.ssh("bob", "-T"), long+" END\n")
	can.expect(" END")
	if n := strings.Count(can.out.String(), "\x1b]8;;"+long+"\x1b\\"); n < 2 {
		t.Errorf("%d rows link to the whole URL, want all", n)
	}
	if strings.Contains(cannot.out.String(), "\x1b]8") {
		t.Error("a terminal that does not support links was sent one")
	}
}

// Protects different eyes: ink has no colours, bright nothing faint, and both apply to everything
// shown from then on.
func TestThemes(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, bob := h.sshTTY("alice", "xterm-256color"), h.nc("bob")
	since := func(from, text string) string {
		t.Helper()
		alice.expect(text)
		_, after, _ := strings.Cut(alice.out.String(), from)
		return after
	}
	// \x1b[39m resets a colour.
	colour := func(raw string) string {
		return regexp.MustCompile(`\x1b\[[34][0-9;]*m`).FindString(strings.ReplaceAll(strings.ReplaceAll(raw, "\x1b[39m", ""), "\x1b[4m", ""))
	}

	alice.enterLine("/theme ink")
	alice.expect(testkit.English(reply.SetTheme, "ink", "auto|tea|ink|bright"))
	bob.sendLines("in ink", "alice in ink", "ink ends")
	raw := since("theme: ink", "bob: ink ends")
	if s := colour(raw); s != "" {
		t.Errorf("the theme ink shows the colour %q", s)
	}
	alice.expectMatch(`\x1b\[1mbob\x1b\[22m: in ink`)
	alice.expectMatch(`\x1b\[4m\x1b\[1mbob\x1b\[22m\x1b\[24m: alice in ink`)

	alice.enterLine("/theme bright")
	alice.expect("theme: bright")
	bob.sendLines("in bright", "alice in bright", "bright ends")
	raw = since("theme: bright", "bob: bright ends")
	if strings.Contains(raw, "\x1b[2m") {
		t.Errorf("the theme bright shows something faint: %q", raw)
	}
	if colour(raw) == "" {
		t.Errorf("the theme bright shows no colour: %q", raw)
	}
	alice.expectMatch(`\x1b\[7m\x1b\[1mbob\x1b\[22m\x1b\[27m: alice in bright`)
	alice.enterLine("/theme mud")
	alice.expect(testkit.English(reply.NoSuchValue, "theme", "auto|tea|ink|bright"))

	li := h.enterChinese("小明")
	li.enterLine("/theme ink")
	li.expect(testkit.Chinese(reply.SetTheme, "ink", "auto|tea|ink|bright"))
	bob.sendLines("墨色")
	li.expectStyled(`\x1b\[1mbob\x1b\[0m: 墨色`)
}
