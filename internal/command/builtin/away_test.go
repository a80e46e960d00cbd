package builtin_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A user is away in all sessions: others see it on request, and are told when they write to the
// user, who gets the message all the same. Saying anything ends it, unless a program says it.
func TestAway(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("爱丽丝", "A")), roomtest.Enter(t, h, roomtest.At("bob", ""))
	pipe := roomtest.Enter(t, h, room.ClientInfo{Fingerprint: "A", Scripted: true})
	if got := roomtest.Does(t, alice, "/away 吃饭\n去了"); got != "~ "+testkit.English(reply.AwayNowReason, "吃饭 去了") {
		t.Errorf("/away: %s", got)
	}
	pipe.HandleLine("built", 0)
	bob.HandleLine("/who", command.SlashSyntax)
	events := bob.Take(make([]room.Item, 0, 99))
	if online := events[len(events)-1].(*builtin.WhoReply).Users; len(online) != 2 || !online[0].Away || online[1].Away {
		t.Errorf("bob asks who is online: %+v", events[len(events)-1])
	}
	if got := roomtest.Does(t, bob, "/whois 爱丽丝"); !strings.Contains(got, " | "+testkit.English(reply.WhoisAwaySince, "")) || !strings.Contains(got, ": 吃饭 去了") {
		t.Errorf("/whois: %s", got)
	}
	roomtest.Read(t, alice)
	bob.HandleLine("/msg 爱丽丝 tea?", command.SlashSyntax)
	told := bob.Take(make([]room.Item, 0, 9))[0]
	if got := "~ " + roomtest.Sentences(roomtest.LinesOf(told)); got != "~ "+testkit.English(reply.RecipientAwayReason, "爱丽丝", "吃饭 去了") {
		t.Errorf("bob reads: %s", got)
	}
	roomtest.Expect(t, alice, "bob>爱丽丝: tea?")
	alice.HandleLine("here I am", 0)
	roomtest.Expect(t, alice, "爱丽丝: here I am; ~ "+testkit.English(reply.BackNow))
	bob.HandleLine("/msg 爱丽丝 tea!", command.SlashSyntax)
	roomtest.Read(t, bob)
	if alice.UserInfo().Away || alice.User.Away.Load() != nil {
		t.Error("alice is still away")
	}
	for _, step := range []struct{ line, want string }{
		{"/back", "~ " + testkit.English(reply.NotAway)},
		{"/away", "~ " + testkit.English(reply.AwayNow)},
		{"/back", "~ " + testkit.English(reply.BackNow)},
	} {
		if got := roomtest.Does(t, alice, step.line); got != step.want {
			t.Errorf("%s: %s", step.line, got)
		}
	}
	roomtest.Does(t, alice, "/away")
	if got := roomtest.Does(t, alice, "/msg bob hi"); got != "~ "+testkit.English(reply.BackNow)+"; 爱丽丝>bob: hi" {
		t.Errorf("a private message: %s", got)
	}
	roomtest.Does(t, alice, "/away")
	if _, err := roomtest.Command(t, h, "A", "say", "by command"); err != nil || alice.User.Away.Load() != nil {
		t.Errorf("a command ended alice's absence: %v", err)
	}
}

// The reason for being away is short and clean, and a muted user cannot give one.
func TestAwayIsBounded(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Does(t, bob, "/away "+strings.Repeat("茶\x1b", 100))
	if why := bob.User.Away.Load().Message; len(why) > room.MaxAwayBytes || !utf8.ValidString(why) || why != strings.Repeat("茶", room.MaxAwayBytes/3) {
		t.Errorf("%d bytes: %q", len(why), why)
	}
	roomtest.Does(t, bob, "/back")
	roomtest.Does(t, root, "/mute bob")
	if got := roomtest.Does(t, bob, "/away you all stink"); !strings.Contains(got, "muted") || bob.User.Away.Load() != nil {
		t.Errorf("muted: %s", got)
	}
}

// A reply goes to the person who sent the last private message, whatever their name is by now; if
// they have left and have a key, it waits for them.
func TestReply(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{Messages: s})
	alice, bob := roomtest.Enter(t, h, roomtest.At("爱丽丝", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	guest := roomtest.Enter(t, h, roomtest.At("客人", ""))
	if got := roomtest.Does(t, alice, "/reply 你好"); got != "~ "+testkit.English(reply.NobodyToReply) {
		t.Errorf("to nobody: %s", got)
	}
	roomtest.Does(t, guest, "/msg 爱丽丝 one")
	roomtest.Does(t, bob, "/msg 爱丽丝 two")
	roomtest.Does(t, bob, "/nick robert")
	if got := roomtest.Does(t, alice, "/reply 你好\n世界"); got != "爱丽丝>robert: 你好\n世界" {
		t.Errorf("to a user with another name: %s", got)
	}
	if _, err := roomtest.Command(t, h, "A", "reply", "by", "command"); err != nil {
		t.Error(err)
	}
	bob.Leave(room.Quit)
	s.Accounts["B"] = room.Account{ID: "B", Name: "robert"}
	roomtest.Enter(t, h, roomtest.At("somebody", "S")).HandleLine("/nick bob", command.SlashSyntax)
	if roomtest.Does(t, alice, "/reply later"); len(s.Offline["B"]) != 1 {
		t.Errorf("to a user who has left: %v", s.Offline)
	}
	roomtest.Does(t, guest, "/msg 爱丽丝 three")
	roomtest.Does(t, guest, "/nick 访客")
	if got := roomtest.Does(t, alice, "/reply hi"); got != "爱丽丝>访客: hi" {
		t.Errorf("to a guest with another name: %s", got)
	}
	guest.Leave(room.Quit)
	roomtest.Enter(t, h, roomtest.At("访客", ""))
	if got := roomtest.Does(t, alice, "/reply hi"); got != "~ "+testkit.English(reply.SenderLeft, "客人") {
		t.Errorf("to a guest who has left: %s", got)
	}
	bob = roomtest.Enter(t, h, roomtest.At("robert", "B"))
	if a := roomtest.Arrive(t, bob, 9); len(a.PrivateMessages) != 1 {
		t.Fatalf("waiting for bob: %s", roomtest.Words(a.PrivateMessages))
	}
	if got := roomtest.Does(t, bob, "/reply thanks"); got != "robert>爱丽丝: thanks" {
		t.Errorf("to the sender of a waiting message: %s", got)
	}
}

// A guest is found without building a string for every user online, even under a later name.
func TestReplyToAGuestLooksAtFew(t *testing.T) {
	h := room.New(room.Config{})
	guest := roomtest.Enter(t, h, roomtest.At("guest", ""))
	for i := range 500 {
		roomtest.Enter(t, h, roomtest.At(fmt.Sprint("person ", i), ""))
	}
	then := guest.UserInfo()
	for range 2 {
		if roomtest.Peek(h).Online.AsOf(then) != guest.User {
			t.Fatal("the guest is not found")
		}
		if n := testing.AllocsPerRun(10, func() { roomtest.Peek(h).Online.AsOf(then) }); n > 10 {
			t.Errorf("%v strings are built to find a guest", n)
		}
		roomtest.Does(t, guest, "/nick other")
	}
	guest.Leave(room.Quit)
	roomtest.Enter(t, h, roomtest.At("guest", ""))
	if roomtest.Peek(h).Online.AsOf(then) != nil {
		t.Error("a guest of the same name is somebody else")
	}
}
