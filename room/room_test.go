package room_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/eventlog"
	"teahouse/internal/i18n"
	"teahouse/internal/inbox"
	"teahouse/internal/names"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/text"
	"teahouse/room"
)

func TestConversation(t *testing.T) {
	h := room.New(room.Config{})
	a := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice"})
	roomtest.Expect(t, a, "+alice")
	b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob"})
	roomtest.Expect(t, b, "+bob")

	a.HandleLine("hello room", roomtest.AnyForm)
	a.HandleLine("who", roomtest.AnyForm)
	b.HandleLine("/nick 张三", roomtest.AnyForm)
	b.HandleLine("to|alice|悄悄话", roomtest.AnyForm)
	a.HandleLine("/msg 张三 yes|no", roomtest.AnyForm)
	b.HandleLine("renamed", roomtest.AnyForm)
	roomtest.Expect(t, a, "+bob; alice: hello room; here: alice,bob; bob=张三; 张三>alice: 悄悄话; alice>张三: yes|no; 张三: renamed")
	b.Leave(room.HungUp)
	roomtest.Expect(t, b, "alice: hello room; bob=张三; 张三>alice: 悄悄话; alice>张三: yes|no; 张三: renamed; left: hung up")
	roomtest.Expect(t, a, "-张三 (hung up)")
	a.HandleLine("/who", roomtest.AnyForm)
	roomtest.Expect(t, a, "here: alice")
}

// An answer comes after what was said before the question, and before what was said after it.
func TestRepliesAreInOrder(t *testing.T) {
	h := room.New(room.Config{})
	a := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice"})
	for i := range 10 {
		a.HandleLine(fmt.Sprint("line ", i), roomtest.AnyForm)
		a.HandleLine("who", roomtest.AnyForm)
	}
	var want strings.Builder
	want.WriteString("+alice")
	for i := range 10 {
		fmt.Fprintf(&want, "; alice: line %d; here: alice", i)
	}
	roomtest.Expect(t, a, want.String())
}

// The same holds if the reader cannot take everything before the question at once: because it is
// too much, or because events that are left out fill the buffer.
func TestRepliesAreInOrderAfterMuch(t *testing.T) {
	for _, test := range []struct {
		text   string
		ignore string
		buffer int
		lines  int
	}{
		{strings.Repeat("x", text.MaxBytes), "nobody", 100, 10},
		{"x", "bob", 3, 4},
	} {
		h := room.New(room.Config{})
		alice, bob, carol := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B")), roomtest.Enter(t, h, roomtest.At("carol", "C"))
		roomtest.Does(t, alice, "/ignore "+test.ignore)
		for range test.lines {
			carol.HandleLine(test.text, 0)
			bob.HandleLine(test.text, 0)
		}
		alice.HandleLine("who", roomtest.AnyForm)
		alice.HandleLine("after", 0)
		carol.HandleLine("and after", 0)
		var got []string
		for alice.HasPending() {
			for _, e := range alice.Take(make([]room.Item, 0, test.buffer)) {
				if roomtest.EventOf(e).Text != test.text {
					got = append(got, roomtest.Describe(e))
				}
			}
		}
		if want := []string{"here: alice,bob,carol", "alice: after", "carol: and after"}; !slices.Equal(got, want) {
			t.Errorf("with room for %d events alice reads %q", test.buffer, got)
		}
	}
}

func TestLinesThatAreNotCommands(t *testing.T) {
	tests := []struct {
		line  string
		forms command.Syntax
		want  string
	}{
		{"", roomtest.AnyForm, ""},
		{"whoever", roomtest.AnyForm, "a: whoever"},
		{"renamed", roomtest.AnyForm, "a: renamed"},
		{"to", roomtest.AnyForm, "a: to"},
		{"who|", roomtest.AnyForm, "a: who|"},
		{"rename", roomtest.AnyForm, "a: rename"},
		{"help", roomtest.AnyForm, "a: help"},
		{"to|", roomtest.AnyForm, "~ " + testkit.English(reply.MessageFormat)},
		{"to|b", roomtest.AnyForm, "~ " + testkit.English(reply.MessageFormat)},
		{"to||hi", roomtest.AnyForm, "~ " + testkit.English(reply.MessageFormat)},
		{"to|nobody|", roomtest.AnyForm, "~ " + testkit.English(reply.NoSuchUser, "nobody")},
		{"to|nobody|hi", roomtest.AnyForm, "~ " + testkit.English(reply.NoSuchUser, "nobody")},
		{"to|a|", roomtest.AnyForm, "~ " + testkit.English(reply.MessageEmpty)},
		{"to|a|x|y", roomtest.AnyForm, "a>a: x|y"},
		{"rename|a", roomtest.AnyForm, "a=a"},
		{"rename|", roomtest.AnyForm, "~ " + testkit.English(reply.NameEmpty)},
		{"who", 0, "a: who"},
		{"/who", 0, "a: /who"},
		{"/who", command.PipeSyntax, "a: /who"},
		{"//who", roomtest.AnyForm, "a: /who"},
		{"/nix", roomtest.AnyForm, "~ " + testkit.English(reply.UnknownSlashCommand, "/nix")},
		{"/msg", roomtest.AnyForm, "~ " + testkit.English(reply.Usage, "/msg NAME TEXT")},
		{"/msg a", roomtest.AnyForm, "~ " + testkit.English(reply.MessageFormat)},
		{"/msg  a  two words ", roomtest.AnyForm, "a>a: two words"},
		{"/to a hi", roomtest.AnyForm, "a>a: hi"},
		{"/say /who", roomtest.AnyForm, "a: /who"},
		{`/say "quoted"`, roomtest.AnyForm, `a: "quoted"`},
		{`/nick "big bob"`, roomtest.AnyForm, "a=big bob"},
		{`/nick big bob`, roomtest.AnyForm, "a=big bob"},
		{`/nick "`, roomtest.AnyForm, "~ " + i18n.English(string(reply.NameNotAllowed))},
		{"/help", roomtest.AnyForm, roomtest.HelpOf("", false)},
		{"/exit", roomtest.AnyForm, "left: quit"},
	}
	for _, test := range tests {
		s := roomtest.Enter(t, room.New(room.Config{}), room.ClientInfo{RequestedName: "a"})
		roomtest.Read(t, s)
		s.HandleLine(test.line, test.forms)
		if got := roomtest.Read(t, s); got != test.want {
			t.Errorf("%q in forms %b: %s, want %s", test.line, test.forms, got, test.want)
		}
	}
}

// Commands accept names that contain spaces.
func TestCommandsFindNamesWithSpaces(t *testing.T) {
	h := room.New(room.Config{})
	a := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a"})
	roomtest.Enter(t, h, room.ClientInfo{RequestedName: "Big Bob"})
	roomtest.Enter(t, h, room.ClientInfo{RequestedName: "big"})
	roomtest.Read(t, a)
	a.HandleLine("/msg big bob hello there", roomtest.AnyForm)
	a.HandleLine("/msg big hello there", roomtest.AnyForm)
	a.HandleLine(`/msg "big" bob hello`, roomtest.AnyForm)
	a.HandleLine("to|BIG BOB|hi", roomtest.AnyForm)
	roomtest.Expect(t, a, "a>Big Bob: hello there; a>big: hello there; a>big: bob hello; a>Big Bob: hi")
}

func TestOneNameOneUser(t *testing.T) {
	h := room.New(room.Config{})
	a := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "Alice"})
	b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "ａｌｉｃｅ"}) // full width, lower case: the same name
	roomtest.Expect(t, b, "+ａｌｉｃｅ-2; ~ "+testkit.English(reply.AssignedTaken, "ａｌｉｃｅ", "ａｌｉｃｅ-2"))
	c := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice"})
	if got := c.UserInfo().Name; got != "alice-3" {
		t.Errorf("the third alice is %q", got)
	}
	d := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a|b"})
	roomtest.Expect(t, d, "+a-b; ~ "+testkit.English(reply.AssignedNotAllowed, "a-b"))

	var refusal *reply.Refusal
	if _, err := c.Rename("ALICE"); !errors.As(err, &refusal) || refusal.Code != reply.NameTaken {
		t.Errorf("renaming to a taken name: %v", err)
	}
	if _, err := a.Rename("aLiCe"); err != nil {
		t.Errorf("the user's own name in another case: %v", err)
	}
	a.Leave(room.Quit)
	if _, err := c.Rename("alice"); err != nil {
		t.Errorf("the name of a user who has left: %v", err)
	}
}

// The longest names get numbers, too, and the search for a free one ends.
func TestManyUsersWithOneName(t *testing.T) {
	h := room.New(room.Config{})
	seen := map[string]bool{}
	long := strings.Repeat("名", names.MaxLength)
	// Cut off, this is not a name: its dots need a Chinese or Japanese character.
	dots := strings.Repeat("・", names.MaxLength-1) + "名"
	for range 200 {
		for _, requested := range []string{long, dots, "guest", "\x1b[31m"} {
			s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: requested})
			name := s.UserInfo().Name
			if _, err := names.Check(name); err != nil || seen[name] {
				t.Fatalf("given name %q: seen %v, %v", name, seen[name], err)
			}
			seen[name] = true
		}
	}
}

func TestLeavingHappensOnce(t *testing.T) {
	h := room.New(room.Config{})
	a := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a"})
	b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "b"})
	roomtest.Read(t, a)
	b.Leave(room.Idle)
	b.Leave(room.Quit)
	roomtest.Expect(t, a, "-b (idle)")
	roomtest.Expect(t, b, "+b; ~ "+testkit.English(reply.GoodbyeIdle)+"; left: idle")
	if err := b.Say("late"); err != room.Idle {
		t.Errorf("saying after leaving: %v, want %v", err, room.Idle)
	}
	if _, err := b.Rename("late"); err != room.Idle {
		t.Errorf("renaming after leaving: %v, want %v", err, room.Idle)
	}
	if _, err := private.Send(a.Session, "b", "late"); err == nil {
		t.Error("a user who has left can still be sent something")
	}
	roomtest.Expect(t, a, "")
}

// If there is another server to go to, users who are online and clients that come too late are
// told; a script may retry there.
func TestCloseWithRedirect(t *testing.T) {
	h := room.New(room.Config{Redirect: room.Redirect{Address: "tea.example:22", Host: "tea.example", Command: "ssh -p 22 tea.example"}})
	a, b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a"}), roomtest.Enter(t, h, room.ClientInfo{RequestedName: "b"})
	roomtest.Read(t, a)
	b.Leave(room.Idle) // it left for another reason
	h.Close()
	want := testkit.English(reply.GoodbyeRedirect, "tea.example", "ssh -p 22 tea.example")
	roomtest.Expect(t, a, "-b (idle); ~ "+want+"; left: stopping")
	if r := h.StopRefusal(); r.Error() != want || !r.IsTemporary() {
		t.Errorf("a client that comes too late reads %q, temporary: %t", r, r.IsTemporary())
	}
}

func TestClose(t *testing.T) {
	h := room.New(room.Config{})
	a, b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a", Fingerprint: "SHA256:a"}), roomtest.Enter(t, h, room.ClientInfo{RequestedName: "b"})
	shared, _, err := roomtest.ExecHub(h, room.ClientInfo{RequestedName: "a", Fingerprint: "SHA256:a"})
	if err != nil {
		t.Fatal(err)
	}
	roomtest.Read(t, a)
	roomtest.Read(t, b)
	h.Close()
	h.Close()
	roomtest.Expect(t, a, "~ "+testkit.English(reply.GoodbyeStopping)+"; left: stopping") // and not: -b
	roomtest.Expect(t, b, "~ "+testkit.English(reply.GoodbyeStopping)+"; left: stopping")
	if _, err := roomtest.EnterHub(h, room.ClientInfo{RequestedName: "c"}); err != room.ErrClosed {
		t.Errorf("entering a closed hub: %v", err)
	}
	if _, _, err := roomtest.ExecHub(h, room.ClientInfo{RequestedName: "c"}); err != room.ErrClosed {
		t.Errorf("a one-shot session at a closed hub: %v", err)
	}
	if err := shared.Say("late"); err != room.Stopping {
		t.Errorf("a one-shot session speaks in a closed hub: %v", err)
	}
	if n := h.CountSessions(); n != 0 {
		t.Errorf("%d are online in a closed hub", n)
	}
}

// A one-shot session can speak, and nobody sees it join, leave or be online.
func TestExec(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: "SHA256:alice"})
	roomtest.Read(t, alice)
	exec := func(ci room.ClientInfo, words ...string) (room.Reply, error) {
		s, _, err := roomtest.ExecHub(h, ci)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave(room.Quit)
		return s.RunCommand(words)
	}
	exec(room.ClientInfo{RequestedName: "bob"}, "say", "hi", "there")
	exec(room.ClientInfo{RequestedName: "alice", Fingerprint: "SHA256:alice"}, "say", "my own name")
	exec(room.ClientInfo{RequestedName: "alice", Fingerprint: "SHA256:other"}, "say", "another's")
	exec(room.ClientInfo{RequestedName: "alice"}, "to", "alice", "psst", "psst")
	roomtest.Expect(t, alice, "bob: hi there; alice: my own name; alice-2: another's; alice-2>alice: psst psst")

	answer, err := exec(room.ClientInfo{RequestedName: "bob"}, "who")
	if err != nil || roomtest.Describe(answer) != "here: alice" {
		t.Errorf("who: %v, %v", answer, err)
	}
	for words, want := range map[string]reply.Code{"nix": reply.UnknownCommand, "nick x": reply.TerminalOnly, "quit": reply.TerminalOnly, "join": reply.JoinTerminalOnly,
		"say": reply.Usage, "who is": reply.Usage, "invite alice": reply.InviteNeedsRoomFlag, "to alice": reply.Usage, "to bob hi": reply.NoSuchUser} {
		var refusal *reply.Refusal
		if _, err := exec(room.ClientInfo{RequestedName: "bob"}, strings.Fields(words)...); !errors.As(err, &refusal) || refusal.Code != want {
			t.Errorf("%s: %v, want %q", words, err, want)
		}
	}
	if n := h.CountSessions(); n != 1 {
		t.Errorf("%d online after all one-shot sessions, want 1", n)
	}
}

// A reader that falls off the ring is told how much it missed, and continues with what is left.
func TestFallingOffTheRing(t *testing.T) {
	h := room.NewSmallHub(room.Config{}, 8)
	slow, fast := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "slow"}), roomtest.Enter(t, h, room.ClientInfo{RequestedName: "fast"})
	roomtest.Expect(t, slow, "+slow; +fast")
	for i := range 20 {
		if err := fast.Say(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	private.Send(fast.Session, "slow", "wake up")
	roomtest.Expect(t, slow, "~ "+testkit.English(reply.LinesMissedNotice, 12)+"; fast: 12; fast: 13; fast: 14; fast: 15; fast: 16; fast: 17; fast: 18; fast: 19; fast>slow: wake up")
}

// The ring is also bounded in bytes.
func TestRingIsBoundedInBytes(t *testing.T) {
	h := room.New(room.Config{})
	s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "u"})
	const lines = 2 * room.LobbyRingBytes / text.MaxBytes
	for range lines {
		if err := s.Say(strings.Repeat("x", text.MaxBytes)); err != nil {
			t.Fatal(err)
		}
	}
	count, bytes := 0, 0
	for seq := range s.Room().Head() {
		if e := s.Room().At(seq); e != nil {
			count, bytes = count+1, bytes+e.TextSize()
		}
	}
	if bytes > room.LobbyRingBytes || count != room.LobbyRingBytes/text.MaxBytes {
		t.Errorf("%d events of %d bytes are kept", count, bytes)
	}
	events := strings.Split(roomtest.Read(t, s), "; ")
	missed := lines + 1 - room.LobbyRingBytes/text.MaxBytes // its joining is one of them
	if want := "~ " + i18n.Sprint(string(reply.LinesMissedNotice), missed); events[0] != want {
		t.Errorf("the reader reads %.80q, want %q", events[0], want)
	}
}

// The original command for private messages is one line: it never changes where a terminal's next
// lines go. Nor does a text of blanks, or of invisible characters.
func TestPipedPrivateMessagesAreOneLine(t *testing.T) {
	h := room.New(room.Config{})
	a := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a", Terminal: true})
	b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "b"})
	roomtest.Read(t, a)
	for line, want := range map[string]string{
		"to|b":        "~ " + testkit.English(reply.MessageFormat),
		"to|b| \t":    "~ " + testkit.English(reply.MessageEmpty),
		"to|b|\x1b[m": "~ " + testkit.English(reply.MessageEmpty),
		"to|x| ":      "~ " + testkit.English(reply.NoSuchUser, "x"),
	} {
		a.HandleLine(line, command.PipeSyntax|command.SlashSyntax)
		roomtest.Expect(t, a, want)
	}
	roomtest.Read(t, b)
	a.HandleLine("hello", command.PipeSyntax|command.SlashSyntax)
	roomtest.Expect(t, b, "a: hello")
}

// At a door without names, others see a guest with a number. Anybody who asks for that name gets
// it, at any door, and the guest gets another number.
func TestNumbersOfGuestsAreFree(t *testing.T) {
	h := room.New(room.Config{})
	guest := roomtest.Enter(t, h, room.ClientInfo{Unnamed: true, Address: "192.0.2.1:1"})
	a, b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a"}), roomtest.Enter(t, h, room.ClientInfo{RequestedName: "b"})
	roomtest.Read(t, guest)
	roomtest.Read(t, a)
	roomtest.Read(t, b)
	a.HandleLine("/nick guest-1", command.SlashSyntax)
	roomtest.Expect(t, b, "guest-1=guest-2; a=guest-1")
	if name := a.UserInfo().Name; name != "guest-1" {
		t.Errorf("a is called %s", name)
	}
	if u := room.FindUser(guest.Session, "192.0.2.1:1"); u == nil || u.Info().Name != "guest-2" {
		t.Error("the guest is not found by its address under another number")
	}
	b.HandleLine("/nick guest-1", command.SlashSyntax)
	roomtest.Expect(t, b, "~ "+testkit.English(reply.NameTaken, "guest-1"))
	guest.HandleLine("rename|guest-2", command.PipeSyntax) // its own number, as a name
	if who := guest.UserInfo(); who.Unnamed || who.Name != "guest-2" {
		t.Errorf("the guest is %+v", who)
	}
	b.HandleLine("/nick guest-2", command.SlashSyntax)
	roomtest.Expect(t, b, "~ "+testkit.English(reply.NameTaken, "guest-2"))
}

// A client that cannot show private messages gets none, and the sender is told so.
func TestNoPrivateMessages(t *testing.T) {
	h := room.New(room.Config{})
	a := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a"})
	roomtest.Enter(t, h, room.ClientInfo{RequestedName: "gopher", NoPrivateMessages: true})
	roomtest.Read(t, a)
	a.HandleLine("/msg gopher hello?", roomtest.AnyForm)
	roomtest.Expect(t, a, "~ "+testkit.English(reply.CannotReadMessages, "gopher"))
}

// Looking up a name costs time for each byte, and every word of a line may be one: a line of long
// words must not take long.
func TestNamesThatAreTooLongAreNotLookedFor(t *testing.T) {
	s := roomtest.Enter(t, room.New(room.Config{}), room.ClientInfo{RequestedName: "u"})
	roomtest.Read(t, s)
	word := strings.Repeat("ﷺ", 40)
	if found := testing.AllocsPerRun(1, func() {
		s.HandleLine("/msg "+strings.Repeat(word+" ", 30), roomtest.AnyForm)
		s.HandleLine("to|"+strings.Repeat(word, 30)+"|x", roomtest.AnyForm)
	}); found > 300 {
		t.Errorf("%v allocations", found)
	}
}

// A mailbox is bounded: senders are refused, and the user's own questions wait.
func TestMailboxIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		a, b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a"}), roomtest.Enter(t, h, room.ClientInfo{RequestedName: "b"})
		for range inbox.Size {
			if _, err := private.Send(a.Session, "b", "hi"); err != nil {
				t.Fatal(err)
			}
		}
		var refusal *reply.Refusal
		if _, err := private.Send(a.Session, "b", "one too many"); !errors.As(err, &refusal) || refusal.Code != reply.MailboxFull {
			t.Errorf("a full mailbox: %v", err)
		}
		answered := false
		go func() {
			b.HandleLine("who", command.PipeSyntax)
			answered = true
		}()
		synctest.Wait()
		if answered {
			t.Error("an answer went into a full mailbox")
		}
		all := roomtest.Read(t, b)
		synctest.Wait()
		all += roomtest.Read(t, b)
		if !answered || !strings.HasSuffix(all, "here: a,b") {
			t.Error("an answer did not go into an emptied mailbox")
		}

		// A user who waits because the mailbox is full stops waiting on leaving.
		go func() {
			for range inbox.Size + 1 {
				b.HandleLine("who", command.PipeSyntax)
			}
		}()
		synctest.Wait()
		b.Leave(room.HungUp)
	})
}

// A writer sleeps until there is something to read, of any kind.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		a, b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a"}), roomtest.Enter(t, h, room.ClientInfo{RequestedName: "b"})
		roomtest.Read(t, a)
		events := make(chan string)
		go func() {
			defer close(events)
			for {
				if err := a.Wait(); err != nil {
					events <- err.Error()
					return
				}
				batch := a.Take(make([]room.Item, 0, 4))
				for _, e := range batch {
					events <- roomtest.Describe(e)
				}
				if len(batch) == 0 {
					events <- "nudged"
				}
			}
		}()
		steps := []struct {
			do   func()
			want string
		}{
			{func() { b.Say("one") }, "b: one"},
			{func() { private.Send(b.Session, "a", "two") }, "b>a: two"},
			{func() { a.RequestRefresh() }, "nudged"},
			{func() { b.Say("three") }, "b: three"},
			{func() { a.Answer(room.NewRefused(reply.Refuse(reply.TextEmpty))) }, "~ " + i18n.English(string(reply.TextEmpty))},
			{func() { b.Say("four") }, "b: four"},
			{func() { a.Leave(room.Idle) }, "~ " + i18n.English(string(reply.GoodbyeIdle))},
		}
		for _, step := range steps {
			synctest.Wait() // the reader sleeps
			step.do()
			if got := <-events; got != step.want {
				t.Errorf("got %q, want %q", got, step.want)
			}
		}
		if got := <-events; got != "left: idle" {
			t.Errorf("the end is %q", got)
		}
	})
}

// A crowd that enters wakes readers a few times, not once for each; none of the joins is missed,
// and a message wakes readers at once.
func TestCrowdWakesReadersTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		a := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a"})
		roomtest.Read(t, a)
		var wakes, seen atomic.Int32
		done := make(chan bool)
		go func() {
			defer close(done)
			for a.Wait() == nil {
				wakes.Add(1)
				seen.Add(int32(len(a.Take(make([]room.Item, 0, 200)))))
			}
		}()
		synctest.Wait()
		for i := range 100 {
			roomtest.Enter(t, h, room.ClientInfo{RequestedName: fmt.Sprint("u", i)})
			synctest.Wait()
		}
		if n := wakes.Load(); n > 1 {
			t.Errorf("the crowd woke a reader %d times", n)
		}
		time.Sleep(eventlog.JoinLeaveInterval) // on the bubble's clock
		synctest.Wait()
		if seen.Load() != 100 || wakes.Load() > 2 {
			t.Errorf("%d of 100 were seen in %d wakes", seen.Load(), wakes.Load())
		}
		b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "b"})
		_ = b.Say("hello")
		synctest.Wait()
		if n := seen.Load(); n != 102 {
			t.Errorf("%d of 102 were seen: a message must not wait", n)
		}
		a.Leave(room.Quit)
		<-done
	})
}

// Idle users are warned and disconnected on the minute; any input resets the time.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "u", Idle: time.Hour, Warn: time.Minute})
		forEver := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "f"})
		roomtest.Read(t, s)

		warning := "~ " + testkit.English(reply.IdleSoon, "1m0s")
		pass := func(d time.Duration) { time.Sleep(d); synctest.Wait() } // on the bubble's clock
		pass(59*time.Minute - time.Second)
		roomtest.Expect(t, s, "")
		s.Touch()
		pass(59*time.Minute - time.Second)
		roomtest.Expect(t, s, "")
		pass(time.Second)
		roomtest.Expect(t, s, warning)
		s.Touch()
		pass(59 * time.Minute)
		roomtest.Expect(t, s, warning)
		pass(time.Minute - time.Second)
		roomtest.Expect(t, s, "")
		pass(time.Second)
		roomtest.Expect(t, s, "~ "+testkit.English(reply.GoodbyeIdle)+"; left: idle")
		roomtest.Expect(t, forEver, "+f; -u (idle)")
	})
}

// If the warning would come at once, there is none.
func TestIdleWithoutTimeForAWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.Enter(t, room.New(room.Config{}), room.ClientInfo{RequestedName: "u", Idle: 30 * time.Second, Warn: time.Minute})
		roomtest.Read(t, s)
		time.Sleep(29 * time.Second) // on the bubble's clock
		s.Touch()
		time.Sleep(29 * time.Second)
		roomtest.Expect(t, s, "")
		time.Sleep(2 * time.Second)
		roomtest.Expect(t, s, "~ "+testkit.English(reply.GoodbyeIdle)+"; left: idle")
	})
}

// A session that has left is garbage: no timer keeps it alive.
func TestIdleTimerEndsWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "u", Idle: time.Hour})
		s.Leave(room.Quit)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		<-ctx.Done()
		roomtest.Expect(t, s, "+u; left: quit")
	})
}

// Asking for one's own name is announced to nobody, and the user is told so.
func TestRenameToOwnName(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	for _, line := range []string{"/nick bob", "rename|bob"} {
		roomtest.Read(t, bob)
		roomtest.Read(t, alice)
		bob.HandleLine(line, roomtest.AnyForm)
		got := bob.Take(make([]room.Item, 0, 9))
		if len(got) != 1 || roomtest.SentenceOf(got[0]).Code != reply.NamedAlready || roomtest.SentenceOf(got[0]).Args[0] != "bob" {
			t.Errorf("%s: bob reads %+v", line, got)
		}
		roomtest.Expect(t, alice, "")
	}
}
