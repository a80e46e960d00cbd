package stories

import (
	"fmt"
	"strings"
	"testing"
)

// goes goes to a room.
func (s *screen) goes(room string) {
	s.t.Helper()
	s.says("/join #" + room)
	s.promptIs("#" + room + " >")
}

// Protects two conversations from each other: what is said in a room is read there
// only, and the prompt counts what one misses elsewhere.
func TestRoomsAreApart(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, bob := h.enterAs("alice", newKey(t)), h.enterChinese("鲍勃", newKey(t))
	carol, nc := h.enter("carol"), h.nc("dan")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.sees("* ear joined")

	alice.goes("go")
	alice.shows("* #go, 1 here")
	bob.says("/join go")
	bob.promptIs("#go >")
	bob.shows("* #go，在场 2 人")
	alice.shows("* 鲍勃✓ joined")
	alice.says("a stone at tengen")
	bob.shows("alice✓: a stone at tengen")
	bob.says("好棋")
	alice.shows("鲍勃✓: 好棋")

	carol.says("tea is ready")
	nc.sees("]carol:tea is ready\n")
	alice.promptIs("#go (#lobby 1) >")
	nc.types("two cups")
	alice.promptIs("#go (#lobby 2) >")
	bob.promptIs("#go (#lobby 2) >")
	carol.shows("dan: two cups")
	alice.says("/who")
	alice.shows("* 2 here: alice✓, 鲍勃✓")
	for _, s := range []*screen{alice, bob} {
		s.hides("tea is ready", "two cups")
	}

	alice.says("/part")
	alice.promptIs("#lobby >")
	alice.shows("* Said since you looked away (2):", "] carol: tea is ready", "] dan: two cups")
	bob.shows("* alice✓ 走了")
	bob.says("一个人")
	bob.says("/join #lobby")
	bob.promptIs("#lobby >")
	bob.shows("* 您离开后说的话（2）：", "] carol: tea is ready")
	alice.says("/part")
	alice.shows("! The lobby is where everybody is.")
	alice.says("/rooms")
	alice.shows("* #lobby, 5 there", "* #go, 1 there")
	bob.says("/rooms")
	bob.shows("* #lobby，5 人", "* #go，1 人")
	alice.says("/join nowhere else")
	alice.shows("! ")
	carol.says("/join #mine")
	carol.shows("! There is no room #mine. To found one you need a key.")
	nc.types("the end")
	for _, c := range []*client{nc, ear} {
		c.sees("the end")
		c.hasNotSeen("tengen", "好棋", "一个人", "go")
	}
	carol.shows("dan: the end")
	carol.hides("tengen", "好棋", "一个人")
}

// Protects unread counts, also while one types in a window that changes, and those who look back into
// the room where they were.
func TestUnreadElsewhere(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, bob := h.enterAs("alice", newKey(t)), h.enterAs("bob", newKey(t))
	alice.goes("go")
	bob.goes("go")
	alice.says("/join lobby")
	alice.promptIs("#lobby >")
	alice.becomes(60)
	alice.types("half")
	bob.says("one")
	alice.promptIs("#lobby (#go 1) > half")
	bob.says("two")
	alice.promptIs("#lobby (#go 2) > half")
	alice.resize(200, 24)
	bob.says("three")
	alice.promptIs("#lobby (#go 3) > half")
	alice.hides("bob✓: ")
	alice.presses("C-c")
	alice.says("/join go")
	alice.promptIs("#go >")
	alice.shows("* Said since you looked away (3):", "] bob✓: one", "] bob✓: two", "] bob✓: three")
	alice.says("/join go")
	alice.shows("! You are in #go.")
}

// Protects a private room: nobody finds it, nobody gets in but who was invited, also
// after a restart.
func TestPrivateRoom(t *testing.T) {
	t.Parallel()
	h := start(t)
	hers, his, theirs := newKey(t), newKey(t), newKey(t)
	alice, bob := h.enterAs("alice", hers), h.enterChinese("bob", his)
	carol := h.enterAs("carol", theirs)
	alice.goes("attic")
	alice.says("/room private")
	alice.shows("* #attic is private now: only those come in whom you /invite.")
	bob.says("/join attic")
	bob.shows("! #attic 是私人房间，需要房主邀请才能进入。")
	bob.says("/rooms")
	bob.shows("* #lobby，3 人")
	bob.types("#at")
	bob.presses("Tab")
	bob.types("!")
	bob.rowIs("> #at!")
	bob.presses("C-u")
	bob.hides("#attic，")

	alice.says("/invite bob")
	alice.shows("* bob is invited to #attic.")
	bob.shows("* alice✓ 邀请您到 #attic：/join #attic")
	bob.goes("attic")
	bob.says("谢谢")
	alice.shows("bob✓: 谢谢")
	bob.says("/invite carol")
	bob.shows("! #attic 不归您管。")
	bob.says("/room public")
	eventually(t, "bob may not open it", func() bool { return strings.Count(bob.all(), "#attic 不归您管") == 2 })
	carol.says("/whois alice")
	carol.shows("alice: ")
	carol.says("/history")
	carol.says("/search 谢谢")
	eventually(t, "nothing is found twice", func() bool { return strings.Count(carol.all(), "! Nothing was found.") == 2 })
	carol.rowIs(">")
	carol.hides("谢谢")

	h = h.again()
	carol = h.enterAs("carol", theirs)
	carol.says("/join attic")
	carol.shows("! #attic is private. Somebody who keeps it must invite you.")
	ask(t, with(h.sshAs("carol", key(theirs)...), "rooms")).want(t, 0, "#lobby, 1 there\n", "")
	bob = h.enterChinese("bob", his)
	bob.goes("attic")
	bob.shows("* #attic，在场 1 人")
	alice = h.enterAs("alice", hers)
	alice.goes("attic")
	alice.says("/room public yes")
	alice.shows("* #attic is open to everybody now.")
	carol.goes("attic")
}

// Protects those who know where they go: a command, or the name that they come with,
// says the room. What was said there is there after a restart.
func TestStartInARoom(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	id := newKey(t)
	join := func(h *house) *screen {
		s := open(t, with(h.sshAs("alice", append(key(id), "-t")...), "join", "go")...)
		s.shows("Welcome to teahouse, alice")
		s.promptIs("#go >")
		return s
	}
	alice := join(h)
	alice.says("the first stone")
	alice.shows("alice✓: the first stone")
	li := open(t, inChinese(h.ssh("go+小明"))...)
	li.shows("欢迎来到 teahouse，小明。", "* #go，在场 2 人", "] alice✓: the first stone")
	li.promptIs("#go >")
	li.says("第二手")
	alice.shows("小明: 第二手")
	ask(t, with(h.ssh("bob"), "history")).want(t, 1, "", "Nothing was found.\n")
	alice.says("/topic 围棋 and tea")
	li.shows("围棋 and tea")

	bob := open(t, h.ssh("go+bob")...)
	bob.promptIs("#go >")
	bob.shows("] alice✓: the first stone", "] 小明: 第二手")
	bob.says("/rooms")
	bob.shows("* #go, 3 there: 围棋 and tea")
	nobody := open(t, h.ssh("nowhere+dora")...)
	nobody.shows("Welcome to teahouse, dora", "* There is no room #nowhere, so you are in the lobby.")
	nobody.rowIs(">")
}

// Protects what was said in a room from a restart: who comes there afterwards reads
// it, with the topic, and what is said from then on is remembered as before.
func TestRoomTalkOutlivesRestart(t *testing.T) {
	t.Parallel()
	h := start(t)
	id := newKey(t)
	alice := h.enterAs("alice", id)
	alice.goes("go")
	alice.says("/topic 围棋 and tea")
	alice.says("the first stone")
	alice.shows("alice✓: the first stone")

	h = h.again()
	alice = h.enterAs("alice", id)
	alice.goes("go")
	alice.shows("* #go, 1 here: 围棋 and tea")
	alice.says("the second stone")
	alice.shows("alice✓: the second stone")
	li := open(t, inChinese(h.ssh("go+小明"))...)
	li.promptIs("#go >")
	li.shows("* #go，在场 2 人：围棋 and tea", "] alice✓: the second stone")
	for _, s := range []*screen{alice, li} {
		s.shows("] alice✓: the first stone")
	}
}

// Protects from saying the wrong thing to the wrong people: the prompt says where a
// line goes in a narrow window, too, and where much was said in other rooms.
func TestPromptInNarrowWindow(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, bob := h.enterAs("alice", newKey(t)), h.enterAs("bartholomew", newKey(t))
	for _, room := range []string{"go", "garden"} {
		alice.goes(room)
		bob.goes(room)
	}
	bob.goes("kitchen") // a new key founds two
	alice.goes("kitchen")
	alice.says("/join lobby")
	alice.promptIs("#lobby >")
	bob.says("one")
	alice.promptIs("#lobby (#kitchen 1) >")
	for _, room := range []string{"garden", "go"} {
		bob.says("/join " + room)
		bob.says("two in " + room)
		bob.shows("bartholomew✓: two in " + room)
	}
	begins := func(columns int, prompt string) {
		t.Helper()
		alice.fills(columns)
		alice.types("x")
		eventually(t, fmt.Sprintf("a prompt in %d columns begins with %s", columns, prompt), func() bool {
			row, _ := alice.row()
			return strings.HasPrefix(row, prompt) && strings.HasSuffix(row, "x")
		})
		alice.presses("C-u")
	}
	begins(200, "#lobby (")
	begins(80, "#lobby")
	begins(40, "#lobby")
	alice.says("/msg bartholomew")
	begins(40, "@bartholomew")
}
