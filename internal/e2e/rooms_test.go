package e2e

import (
	"fmt"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// joinRoom joins a room.
func (s *screen) joinRoom(room string) {
	s.t.Helper()
	s.enterLine("/join #" + room)
	s.expectPrompt("#" + room + " >")
}

// Protects conversations from each other: what is said in a room is read only there, and the prompt
// counts unread lines elsewhere.
func TestRoomsAreApart(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enterAs("alice", newKey(t)), h.enterChinese("鲍勃", newKey(t))
	carol, nc := h.enter("carol"), h.nc("dan")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.expect("* ear joined")

	alice.joinRoom("go")
	alice.expect("* #go, 1 here")
	bob.enterLine("/join go")
	bob.expectPrompt("#go >")
	bob.expect("* #go，在场 2 人")
	alice.expect("* 鲍勃✓ joined")
	alice.enterLine("a stone at tengen")
	bob.expect("alice✓: a stone at tengen")
	bob.enterLine("好棋")
	alice.expect("鲍勃✓: 好棋")

	carol.enterLine("tea is ready")
	nc.expect("]carol:tea is ready\n")
	alice.expectPrompt("#go (#lobby 1) >")
	nc.sendLines("two cups")
	alice.expectPrompt("#go (#lobby 2) >")
	bob.expectPrompt("#go (#lobby 2) >")
	carol.expect("dan: two cups")
	alice.enterLine("/who")
	alice.expect("* 2 here: alice✓, 鲍勃✓")
	for _, s := range []*screen{alice, bob} {
		s.expectNot("tea is ready", "two cups")
	}

	alice.enterLine("/part")
	alice.expectPrompt("#lobby >")
	alice.expect(testkit.English("sshd-unread-in-room-line", 2), "] carol: tea is ready", "] dan: two cups")
	bob.expect("* alice✓ 走了")
	bob.enterLine("一个人")
	bob.enterLine("/join #lobby")
	bob.expectPrompt("#lobby >")
	bob.expect(testkit.Chinese("sshd-unread-in-room-line", 2), "] carol: tea is ready")
	alice.enterLine("/part")
	alice.expect("! " + testkit.English(reply.LobbyIsForEveryone))
	alice.enterLine("/rooms")
	alice.expect("* #lobby, 5 there", "* #go, 1 there")
	bob.enterLine("/rooms")
	bob.expect("* #lobby，5 人", "* #go，1 人")
	alice.enterLine("/join nowhere else")
	alice.expect("! ")
	carol.enterLine("/join #mine")
	carol.expect("! " + testkit.English(reply.CreateNeedsKey, "mine"))
	nc.sendLines("the end")
	for _, c := range []*client{nc, ear} {
		c.expect("the end")
		c.expectNot("tengen", "好棋", "一个人", "go")
	}
	carol.expect("dan: the end")
	carol.expectNot("tengen", "好棋", "一个人")
}

// Protects unread counts, even while the user types and resizes the window, and after a return to a
// room.
func TestUnreadInOtherRooms(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enterAs("alice", newKey(t)), h.enterAs("bob", newKey(t))
	alice.joinRoom("go")
	bob.joinRoom("go")
	alice.enterLine("/join lobby")
	alice.expectPrompt("#lobby >")
	alice.resizeAndWait(60)
	alice.typeText("half")
	bob.enterLine("one")
	alice.expectPrompt("#lobby (#go 1) > half")
	bob.enterLine("two")
	alice.expectPrompt("#lobby (#go 2) > half")
	alice.resize(200, 24)
	bob.enterLine("three")
	alice.expectPrompt("#lobby (#go 3) > half")
	alice.expectNot("bob✓: ")
	alice.pressKeys("C-c")
	alice.enterLine("/join go")
	alice.expectPrompt("#go >")
	alice.expect(testkit.English("sshd-unread-in-room-line", 3), "] bob✓: one", "] bob✓: two", "] bob✓: three")
	alice.enterLine("/join go")
	alice.expect("! " + testkit.English(reply.AlreadyThere, "go"))
}

// Protects a private room: others neither find it nor get in without an invitation, even after a
// restart.
func TestPrivateRoom(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	hers, his, theirs := newKey(t), newKey(t), newKey(t)
	alice, bob := h.enterAs("alice", hers), h.enterChinese("bob", his)
	carol := h.enterAs("carol", theirs)
	alice.joinRoom("attic")
	alice.enterLine("/room private")
	alice.expect("* " + testkit.English(reply.RoomPrivate, "attic"))
	bob.enterLine("/join attic")
	bob.expect("! " + testkit.Chinese(reply.RoomIsPrivate, "attic"))
	bob.enterLine("/rooms")
	bob.expect("* #lobby，3 人")
	bob.typeText("#at")
	bob.pressKeys("Tab")
	bob.typeText("!")
	bob.expectRow("> #at!")
	bob.pressKeys("C-u")
	bob.expectNot("#attic，")

	alice.enterLine("/invite bob")
	alice.expect("* " + testkit.English(reply.InvitedNow, "bob", "attic"))
	bob.expect("* " + testkit.Chinese(reply.InvitedTo, "alice✓", "attic", "attic"))
	bob.joinRoom("attic")
	bob.enterLine("谢谢")
	alice.expect("bob✓: 谢谢")
	bob.enterLine("/invite carol")
	bob.expect("! " + testkit.Chinese(reply.NotYourRoom, "attic"))
	bob.enterLine("/room public")
	eventually(t, "bob reads twice that the room is not his", func() bool { return strings.Count(bob.all(), testkit.Chinese(reply.NotYourRoom, "attic")) == 2 })
	carol.enterLine("/whois alice")
	carol.expect("alice: ")
	carol.enterLine("/history")
	carol.enterLine("/search 谢谢")
	eventually(t, "carol reads twice that nothing was found", func() bool { return strings.Count(carol.all(), "! "+testkit.English(reply.NothingFound)) == 2 })
	carol.expectRow(">")
	carol.expectNot("谢谢")

	h = h.restart()
	carol = h.enterAs("carol", theirs)
	carol.enterLine("/join attic")
	carol.expect("! " + testkit.English(reply.RoomIsPrivate, "attic"))
	runClient(t, withCommand(h.sshAs("carol", withKey(theirs)...), "rooms")).check(t, 0, "#lobby, 1 there\n", "")
	bob = h.enterChinese("bob", his)
	bob.joinRoom("attic")
	bob.expect("* #attic，在场 1 人")
	alice = h.enterAs("alice", hers)
	alice.joinRoom("attic")
	alice.enterLine("/room public yes")
	alice.expect("* " + testkit.English(reply.RoomPublic, "attic"))
	carol.joinRoom("attic")
}

// Protects users who go to a room directly: a command, or the user name they connect with, names
// it. Its history survives a restart.
func TestRoomInCommandOrName(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	join := func(h *chatServer) *screen {
		s := openScreen(t, withCommand(h.sshAs("alice", append(withKey(id), "-t")...), "join", "go")...)
		s.expect(testkit.EnglishPart("sshd-welcome-line", 0) + "alice")
		s.expectPrompt("#go >")
		return s
	}
	alice := join(h)
	alice.enterLine("the first stone")
	alice.expect("alice✓: the first stone")
	li := openScreen(t, withChinese(h.ssh("go+小明"))...)
	li.expect("欢迎来到 teahouse，小明。", "* #go，在场 2 人", "] alice✓: the first stone")
	li.expectPrompt("#go >")
	li.enterLine("第二手")
	alice.expect("小明: 第二手")
	runClient(t, withCommand(h.ssh("bob"), "history")).check(t, 1, "", testkit.English(reply.NothingFound)+"\n")
	alice.enterLine("/topic 围棋 and tea")
	li.expect("围棋 and tea")

	bob := openScreen(t, h.ssh("go+bob")...)
	bob.expectPrompt("#go >")
	bob.expect("] alice✓: the first stone", "] 小明: 第二手")
	bob.enterLine("/rooms")
	bob.expect("* " + testkit.EnglishPart(reply.RoomTopicLine, 0) + "go" + testkit.EnglishPart(reply.RoomTopicLine, 1) + "3" + testkit.EnglishPart(reply.RoomTopicLine, 2) + "围棋 and tea")
	nobody := openScreen(t, h.ssh("nowhere+dora")...)
	nobody.expect(testkit.EnglishPart("sshd-welcome-line", 0)+"dora", "* "+testkit.English(reply.NoSuchStartRoom, "nowhere"))
	nobody.expectRow(">")
}

// Protects a room's history from a restart: users who join afterwards read it, with the topic, and
// new messages are stored as before.
func TestRoomHistorySurvivesRestart(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	alice := h.enterAs("alice", id)
	alice.joinRoom("go")
	alice.enterLine("/topic 围棋 and tea")
	alice.enterLine("the first stone")
	alice.expect("alice✓: the first stone")

	h = h.restart()
	alice = h.enterAs("alice", id)
	alice.joinRoom("go")
	alice.expect(testkit.English("sshd-room-topic-line", "go", 1, "围棋 and tea"))
	alice.enterLine("the second stone")
	alice.expect("alice✓: the second stone")
	li := openScreen(t, withChinese(h.ssh("go+小明"))...)
	li.expectPrompt("#go >")
	li.expect("* #go，在场 2 人：围棋 and tea", "] alice✓: the second stone")
	for _, s := range []*screen{alice, li} {
		s.expect("] alice✓: the first stone")
	}
}

// Protects users from saying things to the wrong people: the prompt shows where a line goes even in
// a narrow window, and with many unread lines in other rooms.
func TestPromptInNarrowWindow(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enterAs("alice", newKey(t)), h.enterAs("bartholomew", newKey(t))
	for _, room := range []string{"go", "garden"} {
		alice.joinRoom(room)
		bob.joinRoom(room)
	}
	bob.joinRoom("kitchen") // a new key may create two
	alice.joinRoom("kitchen")
	alice.enterLine("/join lobby")
	alice.expectPrompt("#lobby >")
	bob.enterLine("one")
	alice.expectPrompt("#lobby (#kitchen 1) >")
	for _, room := range []string{"garden", "go"} {
		bob.enterLine("/join " + room)
		bob.enterLine("two in " + room)
		bob.expect("bartholomew✓: two in " + room)
	}
	begins := func(columns int, prompt string) {
		t.Helper()
		alice.waitWidth(columns)
		alice.typeText("x")
		eventually(t, fmt.Sprintf("a prompt in %d columns begins with %s", columns, prompt), func() bool {
			row, _ := alice.row()
			return strings.HasPrefix(row, prompt) && strings.HasSuffix(row, "x")
		})
		alice.pressKeys("C-u")
	}
	begins(200, "#lobby (")
	begins(80, "#lobby")
	begins(40, "#lobby")
	alice.enterLine("/msg bartholomew")
	begins(40, "@bartholomew")
}
