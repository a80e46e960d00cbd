package room

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

	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
)

// enter brings somebody in and sees to it that they leave.
func enter(t testing.TB, h *Hub, ci ClientInfo) *Session {
	t.Helper()
	s, err := h.Enter(ci)
	if err != nil {
		t.Fatalf("%q cannot enter: %v", ci.RequestedName, err)
	}
	t.Cleanup(func() { s.Leave(Quit) })
	return s
}

// read returns what s has to read now, a word for each event.
func read(t testing.TB, s *Session) string {
	t.Helper()
	var words []string
	buf := make([]Item, 0, 3) // small, so that batches end in awkward places
	for s.hasPending() {
		for _, e := range s.Take(buf) {
			words = append(words, describe(e))
		}
	}
	if s.Reason() != "" {
		words = append(words, s.Wait().Error())
	}
	return strings.Join(words, "; ")
}

func describe(item Item) string {
	switch item := item.(type) {
	case *Event:
		return describeEvent(item)
	case *MessageSent:
		return describeEvent(item.Message)
	case *NameKept:
		return item.Former.Name + "=" + item.User.Name
	case *WhoReply:
		var names []string
		for _, who := range item.Users {
			names = append(names, who.Name)
		}
		return "here: " + strings.Join(names, ",")
	case *HelpReply:
		return fmt.Sprintf("help (%d)", len(item.Commands))
	case *RoomEntered:
		return describeArrival(item)
	}
	return "~ " + sentences(linesOf(item))
}

func describeEvent(e *Event) string {
	switch e.Kind {
	case Joined:
		return "+" + e.User.Name
	case Left:
		return fmt.Sprintf("-%s (%s)", e.User.Name, string(e.Reason))
	case Said:
		return e.User.Name + ": " + e.Text
	case Renamed:
		return e.OldName + "=" + e.User.Name
	case DirectMessage:
		return fmt.Sprintf("%s>%s: %s", e.User.Name, e.To.Name, e.Text)
	}
	return "~ " + sentences(linesOf(e))
}

func describeArrival(r *RoomEntered) string {
	s := fmt.Sprintf("entered %s (%s): %d here", r.Room, r.Topic, r.Members)
	for _, said := range r.Messages {
		s += ", " + describe(said)
	}
	if r.Unread > 0 {
		s += fmt.Sprintf(" (%d new)", r.Unread)
	}
	return s
}

// sentences returns the server's sentences, separated by bars.
func sentences(lines []reply.Sentence) string {
	words := make([]string, len(lines))
	for i, l := range lines {
		words[i] = i18n.Sprint(string(l.Code), l.Args...)
	}
	return strings.Join(words, " | ")
}

func expect(t testing.TB, s *Session, want string) {
	t.Helper()
	if got := read(t, s); got != want {
		t.Errorf("%s reads\n  %s\nwant\n  %s", s.User().Name, got, want)
	}
}

const anyForm = PipeSyntax | SlashSyntax

func TestConversation(t *testing.T) {
	h := NewHub()
	a := enter(t, h, ClientInfo{RequestedName: "alice"})
	expect(t, a, "+alice")
	b := enter(t, h, ClientInfo{RequestedName: "bob"})
	expect(t, b, "+bob")

	a.HandleLine("hello room", anyForm)
	a.HandleLine("who", anyForm)
	b.HandleLine("/nick 张三", anyForm)
	b.HandleLine("to|alice|悄悄话", anyForm)
	a.HandleLine("/msg 张三 yes|no", anyForm)
	b.HandleLine("renamed", anyForm)
	expect(t, a, "+bob; alice: hello room; here: alice,bob; bob=张三; 张三>alice: 悄悄话; alice>张三: yes|no; 张三: renamed")
	b.Leave(HungUp)
	expect(t, b, "alice: hello room; bob=张三; 张三>alice: 悄悄话; alice>张三: yes|no; 张三: renamed; left: hung up")
	expect(t, a, "-张三 (hung up)")
	a.HandleLine("/who", anyForm)
	expect(t, a, "here: alice")
}

// An answer is read after what was said before the question, and before what
// was said after it.
func TestAnswersKeepTheirPlace(t *testing.T) {
	h := NewHub()
	a := enter(t, h, ClientInfo{RequestedName: "alice"})
	for i := range 10 {
		a.HandleLine(fmt.Sprint("line ", i), anyForm)
		a.HandleLine("who", anyForm)
	}
	var want strings.Builder
	want.WriteString("+alice")
	for i := range 10 {
		fmt.Fprintf(&want, "; alice: line %d; here: alice", i)
	}
	expect(t, a, want.String())
}

// That holds where the reader does not take all that was said before at once: because
// that was much, or because it fills the buffer with some that it leaves out.
func TestAnswersKeepTheirPlaceAfterMuch(t *testing.T) {
	for _, test := range []struct {
		text   string
		ignore string
		buffer int
		lines  int
	}{
		{strings.Repeat("x", text.MaxBytes), "nobody", 100, 10},
		{"x", "bob", 3, 4},
	} {
		h := NewHub()
		alice, bob, carol := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B")), enter(t, h, at("carol", "C"))
		does(t, alice, "/ignore "+test.ignore)
		for range test.lines {
			carol.HandleLine(test.text, 0)
			bob.HandleLine(test.text, 0)
		}
		alice.HandleLine("who", anyForm)
		alice.HandleLine("after", 0)
		carol.HandleLine("and after", 0)
		var got []string
		for alice.hasPending() {
			for _, e := range alice.Take(make([]Item, 0, test.buffer)) {
				if eventOf(e).Text != test.text {
					got = append(got, describe(e))
				}
			}
		}
		if want := []string{"here: alice,bob,carol", "alice: after", "carol: and after"}; !slices.Equal(got, want) {
			t.Errorf("with room for %d events alice reads %q", test.buffer, got)
		}
	}
}

func TestLinesThatAreNoCommands(t *testing.T) {
	tests := []struct {
		line  string
		forms Syntax
		want  string
	}{
		{"", anyForm, ""},
		{"whoever", anyForm, "a: whoever"},
		{"renamed", anyForm, "a: renamed"},
		{"to", anyForm, "a: to"},
		{"who|", anyForm, "a: who|"},
		{"rename", anyForm, "a: rename"},
		{"help", anyForm, "a: help"},
		{"to|", anyForm, "~ " + testkit.English(reply.MessageFormat)},
		{"to|b", anyForm, "~ " + testkit.English(reply.MessageFormat)},
		{"to||hi", anyForm, "~ " + testkit.English(reply.MessageFormat)},
		{"to|nobody|", anyForm, "~ " + testkit.English(reply.NoSuchUser, "nobody")},
		{"to|nobody|hi", anyForm, "~ " + testkit.English(reply.NoSuchUser, "nobody")},
		{"to|a|", anyForm, "~ " + testkit.English(reply.MessageEmpty)},
		{"to|a|x|y", anyForm, "a>a: x|y"},
		{"rename|a", anyForm, "a=a"},
		{"rename|", anyForm, "~ " + testkit.English(reply.NameEmpty)},
		{"who", 0, "a: who"},
		{"/who", 0, "a: /who"},
		{"/who", PipeSyntax, "a: /who"},
		{"//who", anyForm, "a: /who"},
		{"/nix", anyForm, "~ " + testkit.English(reply.UnknownSlashCommand, "/nix")},
		{"/msg", anyForm, "~ Usage: /msg NAME TEXT"},
		{"/msg a", anyForm, "~ " + testkit.English(reply.MessageFormat)},
		{"/msg  a  two words ", anyForm, "a>a: two words"},
		{"/to a hi", anyForm, "a>a: hi"},
		{"/say /who", anyForm, "a: /who"},
		{`/say "quoted"`, anyForm, `a: "quoted"`},
		{`/nick "big bob"`, anyForm, "a=big bob"},
		{`/nick big bob`, anyForm, "a=big bob"},
		{`/nick "`, anyForm, "~ " + i18n.English(string(reply.NameNotAllowed))},
		{"/help", anyForm, "help (23)"},
		{"/exit", anyForm, "left: quit"},
	}
	for _, test := range tests {
		s := enter(t, NewHub(), ClientInfo{RequestedName: "a"})
		read(t, s)
		s.HandleLine(test.line, test.forms)
		if got := read(t, s); got != test.want {
			t.Errorf("%q in forms %b: %s, want %s", test.line, test.forms, got, test.want)
		}
	}
}

// Names may have spaces in them, and commands may be typed with such a name.
func TestCommandsFindNamesWithSpaces(t *testing.T) {
	h := NewHub()
	a := enter(t, h, ClientInfo{RequestedName: "a"})
	enter(t, h, ClientInfo{RequestedName: "Big Bob"})
	enter(t, h, ClientInfo{RequestedName: "big"})
	read(t, a)
	a.HandleLine("/msg big bob hello there", anyForm)
	a.HandleLine("/msg big hello there", anyForm)
	a.HandleLine(`/msg "big" bob hello`, anyForm)
	a.HandleLine("to|BIG BOB|hi", anyForm)
	expect(t, a, "a>Big Bob: hello there; a>big: hello there; a>big: bob hello; a>Big Bob: hi")
}

func TestOneNameOneUser(t *testing.T) {
	h := NewHub()
	a := enter(t, h, ClientInfo{RequestedName: "Alice"})
	b := enter(t, h, ClientInfo{RequestedName: "ａｌｉｃｅ"}) // full width, lower case: the same name
	expect(t, b, "+ａｌｉｃｅ-2; ~ "+testkit.English(reply.AssignedTaken, "ａｌｉｃｅ", "ａｌｉｃｅ-2"))
	c := enter(t, h, ClientInfo{RequestedName: "alice"})
	if got := c.User().Name; got != "alice-3" {
		t.Errorf("the third alice is %q", got)
	}
	d := enter(t, h, ClientInfo{RequestedName: "a|b"})
	expect(t, d, "+a-b; ~ "+testkit.English(reply.AssignedNotAllowed, "a-b"))

	var refusal *reply.Refusal
	if _, err := c.Rename("ALICE"); !errors.As(err, &refusal) || refusal.Code != reply.NameTaken {
		t.Errorf("renaming to a taken name: %v", err)
	}
	if _, err := a.Rename("aLiCe"); err != nil {
		t.Errorf("one's own name in another case: %v", err)
	}
	a.Leave(Quit)
	if _, err := c.Rename("alice"); err != nil {
		t.Errorf("the name of one who has left: %v", err)
	}
}

// The longest names get numbers, too, and there is an end to looking for one.
func TestManyOfOneName(t *testing.T) {
	h := NewHub()
	seen := map[string]bool{}
	long := strings.Repeat("名", names.MaxLength)
	// Cut, this is no name: its dots need a character of Chinese or Japanese.
	dots := strings.Repeat("・", names.MaxLength-1) + "名"
	for range 200 {
		for _, wish := range []string{long, dots, "guest", "\x1b[31m"} {
			s := enter(t, h, ClientInfo{RequestedName: wish})
			name := s.User().Name
			if _, err := names.Check(name); err != nil || seen[name] {
				t.Fatalf("given name %q: seen %v, %v", name, seen[name], err)
			}
			seen[name] = true
		}
	}
}

func TestLeavingHappensOnce(t *testing.T) {
	h := NewHub()
	a := enter(t, h, ClientInfo{RequestedName: "a"})
	b := enter(t, h, ClientInfo{RequestedName: "b"})
	read(t, a)
	b.Leave(Idle)
	b.Leave(Quit)
	expect(t, a, "-b (idle)")
	expect(t, b, "+b; ~ "+testkit.English(reply.GoodbyeIdle)+"; left: idle")
	if err := b.Say("late"); err != Idle {
		t.Errorf("saying after leaving: %v, want %v", err, Idle)
	}
	if _, err := b.Rename("late"); err != Idle {
		t.Errorf("renaming after leaving: %v, want %v", err, Idle)
	}
	if _, err := a.SendDirect("b", "late"); err == nil {
		t.Error("one who has left can be told something")
	}
	expect(t, a, "")
}

// If there is somewhere to go, users who are online and clients that come too late are told; a
// script may try again there.
func TestCloseWithRedirect(t *testing.T) {
	h := NewHub()
	h.Redirect = Redirect{Address: "tea.example:22", Host: "tea.example", Command: "ssh -p 22 tea.example"}
	a, b := enter(t, h, ClientInfo{RequestedName: "a"}), enter(t, h, ClientInfo{RequestedName: "b"})
	read(t, a)
	b.Leave(Idle) // for a reason of its own
	h.Close()
	want := testkit.English(reply.GoodbyeRedirect, "tea.example", "ssh -p 22 tea.example")
	expect(t, a, "-b (idle); ~ "+want+"; left: stopping")
	if r := h.StopRefusal(); r.Error() != want || !r.IsTemporary() {
		t.Errorf("who comes too late is told %q, to try again later: %t", r, r.IsTemporary())
	}
}

func TestClose(t *testing.T) {
	h := NewHub()
	a, b := enter(t, h, ClientInfo{RequestedName: "a", Fingerprint: "SHA256:a"}), enter(t, h, ClientInfo{RequestedName: "b"})
	shared, _, err := h.Exec(ClientInfo{RequestedName: "a", Fingerprint: "SHA256:a"})
	if err != nil {
		t.Fatal(err)
	}
	read(t, a)
	read(t, b)
	h.Close()
	h.Close()
	expect(t, a, "~ "+testkit.English(reply.GoodbyeStopping)+"; left: stopping") // and not: -b
	expect(t, b, "~ "+testkit.English(reply.GoodbyeStopping)+"; left: stopping")
	if _, err := h.Enter(ClientInfo{RequestedName: "c"}); err != ErrClosed {
		t.Errorf("entering a closed house: %v", err)
	}
	if _, _, err := h.Exec(ClientInfo{RequestedName: "c"}); err != ErrClosed {
		t.Errorf("visiting a closed house: %v", err)
	}
	if err := shared.Say("late"); err != Stopping {
		t.Errorf("a visitor speaks in a closed house: %v", err)
	}
	if n := h.CountSessions(); n != 0 {
		t.Errorf("%d are online in a closed house", n)
	}
}

// A command is a visit: it speaks, and nobody sees it come, go, or be there.
func TestExec(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, ClientInfo{RequestedName: "alice", Fingerprint: "SHA256:alice"})
	read(t, alice)
	visit := func(ci ClientInfo, words ...string) (Reply, error) {
		s, _, err := h.Exec(ci)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave(Quit)
		return s.RunCommand(words)
	}
	visit(ClientInfo{RequestedName: "bob"}, "say", "hi", "there")
	visit(ClientInfo{RequestedName: "alice", Fingerprint: "SHA256:alice"}, "say", "my own name")
	visit(ClientInfo{RequestedName: "alice", Fingerprint: "SHA256:other"}, "say", "another's")
	visit(ClientInfo{RequestedName: "alice"}, "to", "alice", "psst", "psst")
	expect(t, alice, "bob: hi there; alice: my own name; alice-2: another's; alice-2>alice: psst psst")

	answer, err := visit(ClientInfo{RequestedName: "bob"}, "who")
	if err != nil || describe(answer) != "here: alice" {
		t.Errorf("who: %v, %v", answer, err)
	}
	for words, want := range map[string]reply.Code{"nix": reply.UnknownCommand, "nick x": reply.TerminalOnly, "quit": reply.TerminalOnly, "join": reply.JoinTerminalOnly,
		"say": reply.Usage, "who is": reply.Usage, "invite alice": reply.InviteNeedsRoomFlag, "to alice": reply.Usage, "to bob hi": reply.NoSuchUser} {
		var refusal *reply.Refusal
		if _, err := visit(ClientInfo{RequestedName: "bob"}, strings.Fields(words)...); !errors.As(err, &refusal) || refusal.Code != want {
			t.Errorf("%s: %v, want %q", words, err, want)
		}
	}
	if n := h.CountSessions(); n != 1 {
		t.Errorf("%d online after all visits, want 1", n)
	}
}

// A reader that falls off the ring is told how much it missed, and goes on
// with what is left.
func TestFallingOffTheRing(t *testing.T) {
	h := newHub(8)
	slow, fast := enter(t, h, ClientInfo{RequestedName: "slow"}), enter(t, h, ClientInfo{RequestedName: "fast"})
	expect(t, slow, "+slow; +fast")
	for i := range 20 {
		if err := fast.Say(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	fast.SendDirect("slow", "wake up")
	expect(t, slow, "~ "+testkit.English(reply.LinesMissedNotice, 12)+"; fast: 12; fast: 13; fast: 14; fast: 15; fast: 16; fast: 17; fast: 18; fast: 19; fast>slow: wake up")
}

// The ring is bounded in bytes, too.
func TestRingIsBoundedInBytes(t *testing.T) {
	h := NewHub()
	s := enter(t, h, ClientInfo{RequestedName: "u"})
	const lines = 2 * lobbyRingBytes / text.MaxBytes
	for range lines {
		if err := s.Say(strings.Repeat("x", text.MaxBytes)); err != nil {
			t.Fatal(err)
		}
	}
	if r := s.room(); r.bytes > lobbyRingBytes || r.head.Load()-r.tail.Load() != lobbyRingBytes/text.MaxBytes {
		t.Errorf("%d events of %d bytes are kept", r.head.Load()-r.tail.Load(), r.bytes)
	}
	events := strings.Split(read(t, s), "; ")
	missed := lines + 1 - lobbyRingBytes/text.MaxBytes // its joining is one of them
	if want := "~ " + i18n.Sprint(string(reply.LinesMissedNotice), missed); events[0] != want {
		t.Errorf("the reader was told %.80q, want %q", events[0], want)
	}
}

// The original way to write in private is one line: it never changes where the next
// lines of a terminal go. Nor does a text of blanks, or of nothing that shows.
func TestPipedPrivateMessagesAreOneLine(t *testing.T) {
	h := NewHub()
	a := enter(t, h, ClientInfo{RequestedName: "a", Terminal: true})
	b := enter(t, h, ClientInfo{RequestedName: "b"})
	read(t, a)
	for line, want := range map[string]string{
		"to|b":        "~ " + testkit.English(reply.MessageFormat),
		"to|b| \t":    "~ " + testkit.English(reply.MessageEmpty),
		"to|b|\x1b[m": "~ " + testkit.English(reply.MessageEmpty),
		"to|x| ":      "~ " + testkit.English(reply.NoSuchUser, "x"),
	} {
		a.HandleLine(line, PipeSyntax|SlashSyntax)
		expect(t, a, want)
	}
	read(t, b)
	a.HandleLine("hello", PipeSyntax|SlashSyntax)
	expect(t, b, "a: hello")
}

// At a door that asks for no names, others see a guest with a number. Anybody who asks for that as
// a name gets it, at any door, and the guest gets another number.
func TestNumbersOfGuestsAreFree(t *testing.T) {
	h := NewHub()
	guest := enter(t, h, ClientInfo{Unnamed: true, Address: "192.0.2.1:1"})
	a, b := enter(t, h, ClientInfo{RequestedName: "a"}), enter(t, h, ClientInfo{RequestedName: "b"})
	read(t, guest)
	read(t, a)
	read(t, b)
	a.HandleLine("/nick guest-1", SlashSyntax)
	expect(t, b, "guest-1=guest-2; a=guest-1")
	if name := a.User().Name; name != "guest-1" {
		t.Errorf("a is called %s", name)
	}
	if u := guest.findUser("192.0.2.1:1"); u == nil || u.info.Load().Name != "guest-2" {
		t.Error("the guest is not known by its address, and another number")
	}
	b.HandleLine("/nick guest-1", SlashSyntax)
	expect(t, b, "~ "+testkit.English(reply.NameTaken, "guest-1"))
	guest.HandleLine("rename|guest-2", PipeSyntax) // its own number, as a name
	if who := guest.User(); who.Unnamed || who.Name != "guest-2" {
		t.Errorf("the guest is %+v", who)
	}
	b.HandleLine("/nick guest-2", SlashSyntax)
	expect(t, b, "~ "+testkit.English(reply.NameTaken, "guest-2"))
}

// A client that cannot show private messages gets none, and the sender is told.
func TestNoDirect(t *testing.T) {
	h := NewHub()
	a := enter(t, h, ClientInfo{RequestedName: "a"})
	enter(t, h, ClientInfo{RequestedName: "deaf", NoDirect: true})
	read(t, a)
	a.HandleLine("/msg deaf hello?", anyForm)
	expect(t, a, "~ "+testkit.English(reply.CannotReadMessages, "deaf"))
}

// A name is compared by the byte, and looked for among all words of a line: a
// line of long ones must not take long.
func TestNamesThatAreTooLongAreNotLookedFor(t *testing.T) {
	s := enter(t, NewHub(), ClientInfo{RequestedName: "u"})
	read(t, s)
	word := strings.Repeat("ﷺ", 40)
	if found := testing.AllocsPerRun(1, func() {
		s.HandleLine("/msg "+strings.Repeat(word+" ", 30), anyForm)
		s.HandleLine("to|"+strings.Repeat(word, 30)+"|x", anyForm)
	}); found > 300 {
		t.Errorf("%v allocations", found)
	}
}

// A mailbox is bounded: others are refused, and one's own questions wait.
func TestMailboxIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		a, b := enter(t, h, ClientInfo{RequestedName: "a"}), enter(t, h, ClientInfo{RequestedName: "b"})
		for range mailboxSize {
			if _, err := a.SendDirect("b", "hi"); err != nil {
				t.Fatal(err)
			}
		}
		var refusal *reply.Refusal
		if _, err := a.SendDirect("b", "one too many"); !errors.As(err, &refusal) || refusal.Code != reply.MailboxFull {
			t.Errorf("a full mailbox: %v", err)
		}
		answered := false
		go func() {
			b.HandleLine("who", PipeSyntax)
			answered = true
		}()
		synctest.Wait()
		if answered {
			t.Error("an answer went into a full mailbox")
		}
		all := read(t, b)
		synctest.Wait()
		all += read(t, b)
		if !answered || !strings.HasSuffix(all, "here: a,b") {
			t.Error("an answer did not go into an emptied mailbox")
		}

		// One who waits with its mailbox full is free when it leaves.
		go func() {
			for range mailboxSize + 1 {
				b.HandleLine("who", PipeSyntax)
			}
		}()
		synctest.Wait()
		b.Leave(HungUp)
	})
}

// A writer sleeps until there is something, whatever it is.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		a, b := enter(t, h, ClientInfo{RequestedName: "a"}), enter(t, h, ClientInfo{RequestedName: "b"})
		read(t, a)
		events := make(chan string)
		go func() {
			defer close(events)
			for {
				if err := a.Wait(); err != nil {
					events <- err.Error()
					return
				}
				batch := a.Take(make([]Item, 0, 4))
				for _, e := range batch {
					events <- describe(e)
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
			{func() { b.SendDirect("a", "two") }, "b>a: two"},
			{func() { a.RequestRefresh() }, "nudged"},
			{func() { b.Say("three") }, "b: three"},
			{func() { a.Answer(NewRefused(reply.Refuse(reply.TextEmpty))) }, "~ " + i18n.English(string(reply.TextEmpty))},
			{func() { b.Say("four") }, "b: four"},
			{func() { a.Leave(Idle) }, "~ " + i18n.English(string(reply.GoodbyeIdle))},
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

// People who come in a crowd wake those who are there a few times, not once
// each; none of them is missed, and talk wakes at once.
func TestCrowdWakesReadersTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		a := enter(t, h, ClientInfo{RequestedName: "a"})
		read(t, a)
		var wakes, seen atomic.Int32
		done := make(chan bool)
		go func() {
			defer close(done)
			for a.Wait() == nil {
				wakes.Add(1)
				seen.Add(int32(len(a.Take(make([]Item, 0, 200)))))
			}
		}()
		synctest.Wait()
		for i := range 100 {
			enter(t, h, ClientInfo{RequestedName: fmt.Sprint("u", i)})
			synctest.Wait()
		}
		if n := wakes.Load(); n > 1 {
			t.Errorf("the crowd woke a reader %d times at once", n)
		}
		time.Sleep(joinLeaveInterval) // on the bubble's clock
		synctest.Wait()
		if seen.Load() != 100 || wakes.Load() > 2 {
			t.Errorf("%d of 100 were seen in %d wakes", seen.Load(), wakes.Load())
		}
		b := enter(t, h, ClientInfo{RequestedName: "b"})
		_ = b.Say("hello")
		synctest.Wait()
		if n := seen.Load(); n != 102 {
			t.Errorf("%d of 102 were seen: talk must not wait", n)
		}
		a.Leave(Quit)
		<-done
	})
}

// Idle people are warned and shown out on the minute; any input starts anew.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		s := enter(t, h, ClientInfo{RequestedName: "u", Idle: time.Hour, Warn: time.Minute})
		forEver := enter(t, h, ClientInfo{RequestedName: "f"})
		read(t, s)

		warning := "~ " + testkit.English(reply.IdleSoon, "1m0s")
		pass := func(d time.Duration) { time.Sleep(d); synctest.Wait() } // on the bubble's clock
		pass(59*time.Minute - time.Second)
		expect(t, s, "")
		s.Touch()
		pass(59*time.Minute - time.Second)
		expect(t, s, "")
		pass(time.Second)
		expect(t, s, warning)
		s.Touch()
		pass(59 * time.Minute)
		expect(t, s, warning)
		pass(time.Minute - time.Second)
		expect(t, s, "")
		pass(time.Second)
		expect(t, s, "~ "+testkit.English(reply.GoodbyeIdle)+"; left: idle")
		expect(t, forEver, "+f; -u (idle)")
	})
}

// If a warning would come at once, there is none.
func TestIdleWithoutTimeForAWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := enter(t, NewHub(), ClientInfo{RequestedName: "u", Idle: 30 * time.Second, Warn: time.Minute})
		read(t, s)
		time.Sleep(29 * time.Second) // on the bubble's clock
		s.Touch()
		time.Sleep(29 * time.Second)
		expect(t, s, "")
		time.Sleep(2 * time.Second)
		expect(t, s, "~ "+testkit.English(reply.GoodbyeIdle)+"; left: idle")
	})
}

// Nothing keeps one who has left: no timer is left that would.
func TestIdleTimerEndsWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		s := enter(t, h, ClientInfo{RequestedName: "u", Idle: time.Hour})
		s.Leave(Quit)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		<-ctx.Done()
		expect(t, s, "+u; left: quit")
	})
}

// The name that one has already is no news to anybody, and who asks for it is told so.
func TestRenameToOwnName(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	for _, line := range []string{"/nick bob", "rename|bob"} {
		read(t, bob)
		read(t, alice)
		bob.HandleLine(line, anyForm)
		got := bob.Take(make([]Item, 0, 9))
		if len(got) != 1 || sentenceOf(got[0]).Code != reply.NamedAlready || sentenceOf(got[0]).Args[0] != "bob" {
			t.Errorf("%s: bob reads %+v", line, got)
		}
		expect(t, alice, "")
	}
}
