package room

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// A user is away in all of their sessions: others see it on request, and are told when they write
// to the user, who gets the message all the same. Saying anything ends it, unless a program says
// it.
func TestAway(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("爱丽丝", "A")), enter(t, h, at("bob", ""))
	pipe := enter(t, h, ClientInfo{Fingerprint: "A", Scripted: true})
	if got := does(t, alice, "/away 吃饭\n去了"); got != "~ "+testkit.English(reply.AwayNowReason, "吃饭 去了") {
		t.Errorf("/away: %s", got)
	}
	pipe.HandleLine("built", 0)
	bob.HandleLine("/who", SlashSyntax)
	events := bob.Take(make([]Item, 0, 99))
	if online := events[len(events)-1].(*WhoReply).Users; len(online) != 2 || !online[0].Away || online[1].Away {
		t.Errorf("bob asks who is here: %+v", events[len(events)-1])
	}
	if got := does(t, bob, "/whois 爱丽丝"); !strings.Contains(got, " | "+testkit.English(reply.WhoisAwaySince, "")) || !strings.Contains(got, ": 吃饭 去了") {
		t.Errorf("/whois: %s", got)
	}
	read(t, alice)
	bob.HandleLine("/msg 爱丽丝 tea?", SlashSyntax)
	told := bob.Take(make([]Item, 0, 9))[0]
	if got := "~ " + sentences(linesOf(told)); got != "~ "+testkit.English(reply.RecipientAwayReason, "爱丽丝", "吃饭 去了") {
		t.Errorf("bob is told: %s", got)
	}
	expect(t, alice, "bob>爱丽丝: tea?")
	alice.HandleLine("here I am", 0)
	expect(t, alice, "爱丽丝: here I am; ~ "+testkit.English(reply.BackNow))
	bob.HandleLine("/msg 爱丽丝 tea!", SlashSyntax)
	read(t, bob)
	if alice.User().Away || alice.user.awayState.Load() != nil {
		t.Error("alice is still away")
	}
	for _, step := range []struct{ line, want string }{
		{"/back", "~ " + testkit.English(reply.NotAway)},
		{"/away", "~ " + testkit.English(reply.AwayNow)},
		{"/back", "~ " + testkit.English(reply.BackNow)},
	} {
		if got := does(t, alice, step.line); got != step.want {
			t.Errorf("%s: %s", step.line, got)
		}
	}
	does(t, alice, "/away")
	if got := does(t, alice, "/msg bob hi"); got != "~ "+testkit.English(reply.BackNow)+"; 爱丽丝>bob: hi" {
		t.Errorf("a private message: %s", got)
	}
	does(t, alice, "/away")
	if _, err := command(t, h, "A", "say", "by command"); err != nil || alice.user.awayState.Load() != nil {
		t.Errorf("by a command alice is not back: %v", err)
	}
}

// The reason for being away is short and clean, and a muted user cannot give one.
func TestAwayIsBounded(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("bob", ""))
	does(t, bob, "/away "+strings.Repeat("茶\x1b", 100))
	if why := bob.user.awayState.Load().message; len(why) > maxAwayBytes || !utf8.ValidString(why) || why != strings.Repeat("茶", maxAwayBytes/3) {
		t.Errorf("%d bytes: %q", len(why), why)
	}
	does(t, bob, "/back")
	does(t, root, "/mute bob")
	if got := does(t, bob, "/away you all stink"); !strings.Contains(got, "muted") || bob.user.awayState.Load() != nil {
		t.Errorf("muted: %s", got)
	}
}

// A reply goes to the person who sent the last private message, whatever it is
// called by now; and waits for it where it has left with a key.
func TestReply(t *testing.T) {
	h := NewHub()
	s := newFakeMessageStore()
	h.Messages = s
	alice, bob := enter(t, h, at("爱丽丝", "A")), enter(t, h, at("bob", "B"))
	guest := enter(t, h, at("客人", ""))
	if got := does(t, alice, "/reply 你好"); got != "~ "+testkit.English(reply.NobodyToReply) {
		t.Errorf("to nobody: %s", got)
	}
	does(t, guest, "/msg 爱丽丝 one")
	does(t, bob, "/msg 爱丽丝 two")
	does(t, bob, "/nick robert")
	if got := does(t, alice, "/reply 你好\n世界"); got != "爱丽丝>robert: 你好\n世界" {
		t.Errorf("to who has another name: %s", got)
	}
	if _, err := command(t, h, "A", "reply", "by", "command"); err != nil {
		t.Error(err)
	}
	bob.Leave(Quit)
	s.accounts["B"] = Account{ID: "B", Name: "robert"}
	enter(t, h, at("somebody", "S")).HandleLine("/nick bob", SlashSyntax)
	if does(t, alice, "/reply later"); len(s.offline["B"]) != 1 {
		t.Errorf("to who has left: %v", s.offline)
	}
	does(t, guest, "/msg 爱丽丝 three")
	does(t, guest, "/nick 访客")
	if got := does(t, alice, "/reply hi"); got != "爱丽丝>访客: hi" {
		t.Errorf("to a guest with another name: %s", got)
	}
	guest.Leave(Quit)
	enter(t, h, at("访客", ""))
	if got := does(t, alice, "/reply hi"); got != "~ "+testkit.English(reply.SenderLeft, "客人") {
		t.Errorf("to a guest who has left: %s", got)
	}
	bob = enter(t, h, at("robert", "B"))
	if a := arrive(t, bob, 9); len(a.DirectMessages) != 1 {
		t.Fatalf("bob's letters: %s", words(a.DirectMessages))
	}
	if got := does(t, bob, "/reply thanks"); got != "robert>爱丽丝: thanks" {
		t.Errorf("to who sent a letter: %s", got)
	}
}

// Who a guest was is found by what is known of it, and not by a look at everybody who is
// here with a string made for each; also under a name of later.
func TestReplyToAGuestLooksAtFew(t *testing.T) {
	h := NewHub()
	guest := enter(t, h, at("guest", ""))
	for i := range 500 {
		enter(t, h, at(fmt.Sprint("person ", i), ""))
	}
	then := guest.User()
	for range 2 {
		if h.online.asOf(then) != guest.user {
			t.Fatal("the guest is not found")
		}
		if n := testing.AllocsPerRun(10, func() { h.online.asOf(then) }); n > 10 {
			t.Errorf("%v strings are made to find a guest", n)
		}
		does(t, guest, "/nick other")
	}
	guest.Leave(Quit)
	enter(t, h, at("guest", ""))
	if h.online.asOf(then) != nil {
		t.Error("a guest of the same name is somebody else")
	}
}
