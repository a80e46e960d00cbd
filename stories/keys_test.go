package stories

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// Protects fingers from long words: Tab completes commands, rooms, pictures and names,
// and shows what there is to choose from above the row, and only until one has chosen.
func TestTab(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	founder := h.enterAs("dora", newKey(t))
	founder.says("/join #garden")
	founder.promptIs("#garden >")
	for _, name := range []string{"anton", "anna", "小明"} {
		h.nc(name)
	}

	for _, alice := range []*screen{h.enter("alice"), h.enterChinese("爱丽丝")} {
		alice.types("/hist")
		alice.presses("Tab")
		alice.types("2")
		alice.rowIs("> /history 2")
		alice.presses("C-u")
		alice.types("see #ga")
		alice.presses("Tab")
		alice.types("!")
		alice.rowIs("> see #garden !")
		alice.presses("C-u")
		alice.types("more :tea:")
		alice.presses("Tab")
		alice.rowIs("> more 🍵")
		alice.presses("C-u")
		alice.types("小")
		alice.presses("Tab")
		alice.types("你好")
		alice.rowIs("> 小明: 你好")
		alice.presses("C-u")

		// What they share first, then one after the other, around the end and back.
		alice.types("hi @an")
		for _, step := range []struct{ key, row, hint string }{
			{"Tab", "> hi @anna", "[@anna]  @anton"},
			{"Tab", "> hi @anton", "@anna  [@anton]"},
			{"Tab", "> hi @anna", "[@anna]  @anton"},
			{"BTab", "> hi @anton", "@anna  [@anton]"},
		} {
			alice.presses(step.key)
			eventually(t, "the hint is "+step.hint, func() bool {
				return strings.HasSuffix(strings.TrimRight(alice.text(), "\n"), "\n"+step.hint+"\n"+lobby+step.row)
			})
		}
		alice.types("both")
		alice.rowIs("> hi @anton both")
		alice.hides("[@anton]")
		alice.presses("Enter")
		alice.shows(": hi @anton both")
		alice.types("/nothingbegins")
		alice.presses("Tab")
		alice.types("x")
		alice.rowIs("> /nothingbeginsx")
	}
}

// Protects those who said it before: ^R finds it by a few of its words, also in the
// next session and after a restart, for the same key and for nobody else.
func TestSearchBackwards(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	id := newKey(t)
	alice := h.enterAs("alice", id)
	alice.says("the kettle is on 水开了")
	alice.says("the cat is out")
	alice.says("something else")
	alice.shows("alice✓: something else")
	find := func(s *screen, label string) {
		t.Helper()
		s.presses("C-r")
		s.types("THE")
		s.promptIs("(" + label + ") THE: the cat is out")
		s.presses("C-r")
		s.promptIs("(" + label + ") THE: the kettle is on 水开了")
		s.presses("C-r")
		s.promptIs("(" + label + "?) THE: the kettle is on 水开了")
		s.presses("C-g")
		s.rowIs(">")
		s.presses("C-r")
		s.types("开了")
		s.promptIs("(" + label + ") 开了: the kettle is on 水开了")
	}
	find(alice, "search")
	alice.presses("End")
	alice.types(" again")
	alice.rowIs("> the kettle is on 水开了 again")
	alice.presses("C-c")
	alice.says("/quit")
	alice.shows("[exit 0]")

	h = h.again()
	again := h.enterChinese("alice", id)
	again.presses("Up")
	again.rowIs("> /quit")
	again.presses("C-c")
	find(again, "查找")
	again.presses("Enter")
	again.shows("alice✓: the kettle is on 水开了")
	other := h.enter("bob")
	other.presses("Up", "C-r")
	other.types("kettle")
	other.promptIs("(search?) kettle:")
}

// Protects from one's own slips: ^_ takes back what was done to the row, step by step.
func TestUndo(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice := h.enter("alice")
	alice.types("one two 三")
	alice.presses("C-w", "C-w")
	alice.rowIs("> one")
	alice.pastes("four\nfive")
	alice.rowIs("> one [2 lines pasted]")
	for _, want := range []string{"> one", "> one two", "> one two 三", ">", ">"} {
		alice.presses("C-_")
		alice.rowIs(want)
	}
	alice.says("after all")
	alice.shows("alice: after all")
	alice.presses("C-_")
	alice.types("x")
	alice.rowIs("> x")
}

// Protects the room from a long paste: it is one message, of which readers see the
// beginning, and all of it when they ask.
func TestLongPasteIsFolded(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, li, nc := h.enter("alice"), h.enterChinese("小明"), h.nc("carol")
	narrow := h.enter("bob")
	narrow.becomes(40)
	var lines []string
	for i := range 12 {
		lines = append(lines, fmt.Sprintf("line %d 第%d行", i+1, i+1))
	}
	alice.types("look: ")
	alice.pastes(strings.Join(lines, "\n"))
	alice.rowIs("> look: [12 lines pasted]")
	alice.presses("Enter")
	nc.sees("]alice:look: line 1 第1行 ⏎ line 2 第2行 ⏎", " ⏎ line 12 第12行\n")
	for s, more := range map[*screen]string{
		alice: "… 8 more lines, /more ", narrow: "… 8 more lines, /more ", li: "… 还有 8 行，/more ",
	} {
		s.shows("line 4 第4行", more)
		s.hides("line 5")
		number := regexp.MustCompile(regexp.QuoteMeta(more) + `([0-9]+)`).FindStringSubmatch(s.all())[1]
		s.says("/more " + number)
		s.shows("line 12 第12行")
		rows := s.rows()
		for _, line := range lines[4:] {
			n := 0
			for _, row := range rows {
				if strings.HasSuffix(row, "╎ "+line) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%q is there %d times", line, n)
			}
		}
		if len(s.lastMessage("alice")) < 4 {
			t.Errorf("the message has the rows %q", s.lastMessage("alice"))
		}
	}
	li.says("/more 999999")
	li.shows("! ")
	li.pastes("一\n二")
	li.rowIs("> [粘贴了 2 行]")
}

// Protects those who write two lines: Alt-Enter begins the second, Enter says both as
// one message.
func TestAltEnter(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, li, nc := h.enter("alice"), h.enterChinese("小明"), h.nc("bob")
	alice.types("first line")
	alice.presses("M-Enter")
	alice.types("第二行")
	alice.rowIs("> first line↵第二行")
	alice.presses("Enter")
	nc.sees("]alice:first line ⏎ 第二行\n")
	for _, s := range []*screen{alice, li} {
		eventually(t, "there are two rows", func() bool { return strings.Contains(s.text(), "╎ 第二行\n") })
		rows := s.lastMessage("alice")
		if len(rows) != 2 || !strings.HasSuffix(rows[0], " alice: first line") || rows[1] != "           ╎ 第二行" {
			t.Errorf("the rows are %q", rows)
		}
	}
	alice.presses("M-Enter")
	alice.rowIs("> ↵")
	alice.presses("Enter")
	alice.rowIs(">")
	alice.says("the end")
	nc.sees("]alice:the end\n")
	nc.hasNotSeen("]alice:\n", "]alice: ⏎")
}

// Protects from saying the wrong thing to the wrong people: the prompt says where the
// next line goes, Enter alone says nothing, and a mistyped command is not said.
func TestPromptSaysWhereItGoes(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, bob, nc := h.enter("alice"), h.enter("bob"), h.nc("carol")
	alice.says("/msg bob")
	alice.promptIs("@bob >")
	alice.shows("* What you say goes to bob alone, until /done.")
	alice.says("between us")
	bob.shows("[alice to you] between us")
	alice.shows("[you to bob] between us")
	alice.says("/done")
	alice.promptIs("#lobby >")
	alice.shows("* What you say goes to #lobby.")
	alice.presses("Enter", "Enter")
	alice.says("/hsitory")
	alice.shows("! There is no command /hsitory. Did you mean /history?")
	alice.hides("Nothing to say")
	alice.says("  ")
	alice.says("to all")
	nc.sees("]alice:to all\n")
	bob.shows("alice: to all")
	nc.hasNotSeen("between us", "hsitory", "]alice:\n", "]alice: ")
	if strings.Count(bob.all(), "alice: ") != 1 {
		t.Errorf("bob reads:\n%s", bob.all())
	}

	li := h.enterChinese("小明")
	li.says("/msg bob")
	li.promptIs("@bob >")
	li.shows("* 您说的话只有 bob 看得到，直到 /done。")
	bob.says("/quit")
	bob.shows("[exit 0]")
	li.says("还在吗")
	li.shows("! ")
	li.promptIs("@bob > 还在吗") // it can be changed and sent again
	li.types("\x15")
	li.says("/done")
	li.promptIs("#lobby >")
	li.shows("* 您说的话 #lobby 里的人都看得到。")
	li.says("/hsitory")
	li.shows("! 没有 /hsitory 这个命令，您是想用 /history 吗？")
	nc.types("the end")
	li.shows("carol: the end")
	nc.hasNotSeen("还在吗")
}
