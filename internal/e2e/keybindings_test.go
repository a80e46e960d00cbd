package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects users from typing long words: Tab completes commands, rooms, pictures and names, and
// shows the choices above the row until one is chosen.
func TestTabCompletion(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	founder := h.enterAs("dora", newKey(t))
	founder.enterLine("/join #garden")
	founder.expectPrompt("#garden >")
	for _, name := range []string{"anton", "anna", "小明"} {
		h.nc(name)
	}

	for _, alice := range []*screen{h.enter("alice"), h.enterChinese("爱丽丝")} {
		alice.typeText("/hist")
		alice.pressKeys("Tab")
		alice.typeText("2")
		alice.expectRow("> /history 2")
		alice.pressKeys("C-u")
		alice.typeText("see #ga")
		alice.pressKeys("Tab")
		alice.typeText("!")
		alice.expectRow("> see #garden !")
		alice.pressKeys("C-u")
		alice.typeText("more :tea:")
		alice.pressKeys("Tab")
		alice.expectRow("> more 🍵")
		alice.pressKeys("C-u")
		alice.typeText("小")
		alice.pressKeys("Tab")
		alice.typeText("你好")
		alice.expectRow("> 小明: 你好")
		alice.pressKeys("C-u")

		// First the common prefix, then each in turn, wrapping around.
		alice.typeText("hi @an")
		for _, step := range []struct{ key, row, hint string }{
			{"Tab", "> hi @anna", "[@anna]  @anton"},
			{"Tab", "> hi @anton", "@anna  [@anton]"},
			{"Tab", "> hi @anna", "[@anna]  @anton"},
			{"BTab", "> hi @anton", "@anna  [@anton]"},
		} {
			alice.pressKeys(step.key)
			eventually(t, "the row above the prompt shows "+step.hint, func() bool {
				return strings.HasSuffix(strings.TrimRight(alice.text(), "\n"), "\n"+step.hint+"\n"+lobbyPrompt+step.row)
			})
		}
		alice.typeText("both")
		alice.expectRow("> hi @anton both")
		alice.expectNot("[@anton]")
		alice.pressKeys("Enter")
		alice.expect(": hi @anton both")
		alice.typeText("/nothingbegins")
		alice.pressKeys("Tab")
		alice.typeText("x")
		alice.expectRow("> /nothingbeginsx")
	}
}

// Protects users from typing something again: ^R finds it by a few words, even in the next session
// and after a restart, for the same key only.
func TestHistorySearch(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	alice := h.enterAs("alice", id)
	alice.enterLine("the kettle is on 水开了")
	alice.enterLine("the cat is out")
	alice.enterLine("something else")
	alice.expect("alice✓: something else")
	find := func(s *screen, label string) {
		t.Helper()
		s.pressKeys("C-r")
		s.typeText("THE")
		s.expectPrompt("(" + label + ") THE: the cat is out")
		s.pressKeys("C-r")
		s.expectPrompt("(" + label + ") THE: the kettle is on 水开了")
		s.pressKeys("C-r")
		s.expectPrompt("(" + label + "?) THE: the kettle is on 水开了")
		s.pressKeys("C-g")
		s.expectRow(">")
		s.pressKeys("C-r")
		s.typeText("开了")
		s.expectPrompt("(" + label + ") 开了: the kettle is on 水开了")
	}
	find(alice, "search")
	alice.pressKeys("End")
	alice.typeText(" again")
	alice.expectRow("> the kettle is on 水开了 again")
	alice.pressKeys("C-c")
	alice.enterLine("/quit")
	alice.expect("[exit 0]")

	h = h.restart()
	again := h.enterChinese("alice", id)
	again.pressKeys("Up")
	again.expectRow("> /quit")
	again.pressKeys("C-c")
	find(again, "查找")
	again.pressKeys("Enter")
	again.expect("alice✓: the kettle is on 水开了")
	other := h.enter("bob")
	other.pressKeys("Up", "C-r")
	other.typeText("kettle")
	other.expectPrompt("(search?) kettle:")
}

// Protects users from slips: ^_ undoes changes to the row, step by step.
func TestUndo(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")
	alice.typeText("one two 三")
	alice.pressKeys("C-w", "C-w")
	alice.expectRow("> one")
	alice.paste("four\nfive")
	alice.expectRow("> one " + testkit.English("sshd-pasted-label", 2))
	for _, want := range []string{"> one", "> one two", "> one two 三", ">", ">"} {
		alice.pressKeys("C-_")
		alice.expectRow(want)
	}
	alice.enterLine("after all")
	alice.expect("alice: after all")
	alice.pressKeys("C-_")
	alice.typeText("x")
	alice.expectRow("> x")
}

// Protects the room from long pastes: a paste is one message, of which readers see the beginning,
// and the rest on request.
func TestLongPasteIsFolded(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, li, nc := h.enter("alice"), h.enterChinese("小明"), h.nc("carol")
	narrow := h.enter("bob")
	narrow.resizeAndWait(40)
	var lines []string
	for i := range 12 {
		lines = append(lines, fmt.Sprintf("line %d 第%d行", i+1, i+1))
	}
	alice.typeText("look: ")
	alice.paste(strings.Join(lines, "\n"))
	alice.expectRow("> look: " + testkit.English("sshd-pasted-label", 12))
	alice.pressKeys("Enter")
	nc.expect("]alice:look: line 1 第1行 ⏎ line 2 第2行 ⏎", " ⏎ line 12 第12行\n")
	for s, more := range map[*screen]string{
		alice: testkit.English("sshd-more-lines", 8, ""), narrow: testkit.English("sshd-more-lines", 8, ""), li: testkit.Chinese("sshd-more-lines", 8, ""),
	} {
		s.expect("line 4 第4行", more)
		s.expectNot("line 5")
		number := regexp.MustCompile(regexp.QuoteMeta(more) + `([0-9]+)`).FindStringSubmatch(s.all())[1]
		s.enterLine("/more " + number)
		s.expect("line 12 第12行")
		rows := s.rows()
		for _, line := range lines[4:] {
			n := 0
			for _, row := range rows {
				if strings.HasSuffix(row, "╎ "+line) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%q is on the screen %d times, want once", line, n)
			}
		}
		if len(s.lastMessage("alice")) < 4 {
			t.Errorf("the message takes the rows %q, want at least 4", s.lastMessage("alice"))
		}
	}
	li.enterLine("/more 999999")
	li.expect("! ")
	li.paste("一\n二")
	li.expectRow("> " + testkit.Chinese("sshd-pasted-label", 2))
}

// Protects users who write two lines: Alt-Enter starts the second, Enter sends both as one message.
func TestAltEnter(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, li, nc := h.enter("alice"), h.enterChinese("小明"), h.nc("bob")
	alice.typeText("first line")
	alice.pressKeys("M-Enter")
	alice.typeText("第二行")
	alice.expectRow("> first line↵第二行")
	alice.pressKeys("Enter")
	nc.expect("]alice:first line ⏎ 第二行\n")
	for _, s := range []*screen{alice, li} {
		eventually(t, "the message takes two rows", func() bool { return strings.Contains(s.text(), "╎ 第二行\n") })
		rows := s.lastMessage("alice")
		if len(rows) != 2 || !strings.HasSuffix(rows[0], " alice: first line") || rows[1] != "           ╎ 第二行" {
			t.Errorf("the message takes the rows %q", rows)
		}
	}
	alice.pressKeys("M-Enter")
	alice.expectRow("> ↵")
	alice.pressKeys("Enter")
	alice.expectRow(">")
	alice.enterLine("the end")
	nc.expect("]alice:the end\n")
	nc.expectNot("]alice:\n", "]alice: ⏎")
}

// Protects users from saying things to the wrong people: the prompt shows where the next line goes,
// Enter alone says nothing, and a mistyped command is not said.
func TestPromptShowsTarget(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, bob, nc := h.enter("alice"), h.enter("bob"), h.nc("carol")
	alice.enterLine("/msg bob")
	alice.expectPrompt("@bob >")
	alice.expect("* " + testkit.English(reply.TalkingTo, "bob"))
	alice.enterLine("between us")
	bob.expect("[alice to you] between us")
	alice.expect("[you to bob] between us")
	alice.enterLine("/done")
	alice.expectPrompt("#lobby >")
	alice.expect("* " + testkit.English(reply.TalkingToAll, "lobby"))
	alice.pressKeys("Enter", "Enter")
	alice.enterLine("/hsitory")
	alice.expect("! " + testkit.EnglishPart(reply.UnknownMeant, 0) + "/hsitory" + testkit.EnglishPart(reply.UnknownMeant, 1) + "/history?")
	alice.expectNot(testkit.EnglishPart(reply.TextEmpty, 0))
	alice.enterLine("  ")
	alice.enterLine("to all")
	nc.expect("]alice:to all\n")
	bob.expect("alice: to all")
	nc.expectNot("between us", "hsitory", "]alice:\n", "]alice: ")
	if strings.Count(bob.all(), "alice: ") != 1 {
		t.Errorf("bob reads more than one message of alice:\n%s", bob.all())
	}

	li := h.enterChinese("小明")
	li.enterLine("/msg bob")
	li.expectPrompt("@bob >")
	li.expect("* " + testkit.Chinese(reply.TalkingTo, "bob"))
	bob.enterLine("/quit")
	bob.expect("[exit 0]")
	li.enterLine("还在吗")
	li.expect("! ")
	li.expectPrompt("@bob > 还在吗") // it can be edited and sent again
	li.typeText("\x15")
	li.enterLine("/done")
	li.expectPrompt("#lobby >")
	li.expect("* " + testkit.Chinese(reply.TalkingToAll, "lobby"))
	li.enterLine("/hsitory")
	li.expect("! 没有 /hsitory 这个命令，您是不是想用 /history？")
	nc.sendLines("the end")
	li.expect("carol: the end")
	nc.expectNot("还在吗")
}
