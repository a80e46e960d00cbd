package builtin_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/text"
	"teahouse/room"
)

// Everybody may see whether a name is verified, the key, the door and the time; only operators see
// the address.
func TestWhois(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := roomtest.HubWithOperator(t)
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		since := reply.Moment(time.Now()).String()
		roomtest.Enter(t, h, room.ClientInfo{RequestedName: "Alice", Fingerprint: "A", Door: "ssh", Client: "OpenSSH\x1b[31m", Remote: roomtest.Address("::ffff:192.0.2.1"), Terminal: true})
		time.Sleep(90*time.Second + time.Millisecond)
		pipe := roomtest.Enter(t, h, room.ClientInfo{Fingerprint: "A", Door: "ssh", Client: "\x1b", Remote: roomtest.Address("2001:db8::1")})
		later := reply.Moment(time.Now()).String()
		roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: "C", Door: "ssh"})
		roomtest.Enter(t, h, room.ClientInfo{RequestedName: "guest", Door: "classic", Remote: roomtest.Address("192.0.2.2")})
		tcp := roomtest.Enter(t, h, room.ClientInfo{Unnamed: true, Door: "gopl", Address: "192.0.2.3:99", Remote: roomtest.Address("192.0.2.3")})
		for _, test := range []struct{ name, want, from string }{
			{"ALICE", testkit.English(reply.WhoisVerified, "Alice") + " | key A | " + testkit.English(reply.WhoisSession, "ssh", "OpenSSH", since, "1m30s FROM") + " | key A | " + testkit.English(reply.WhoisSession, "ssh", "?", later, "0s FROM"), "192.0.2.1,2001:db8::1"},
			{"alice-2", testkit.English(reply.WhoisKeyed, "alice-2") + " | key C | " + testkit.English(reply.WhoisSession, "ssh", "?", later, "0s"), ""},
			{"guest", testkit.English(reply.WhoisGuest, "guest") + " | " + testkit.English(reply.WhoisSession, "classic", "?", later, "0s FROM"), "192.0.2.2"},
			{tcp.UserInfo().Name, testkit.English(reply.WhoisGuest, tcp.UserInfo().Name) + " | " + testkit.English(reply.WhoisSession, "gopl", "?", later, "0s FROM"), "192.0.2.3"},
		} {
			plain, shown := strings.ReplaceAll(test.want, " FROM", ""), test.want
			for addr := range strings.SplitSeq(test.from, ",") {
				shown = strings.Replace(shown, " FROM", " | from "+addr, 1)
			}
			if got := roomtest.Does(t, bob, "/whois "+test.name); got != "~ "+plain {
				t.Errorf("bob asks for %s:\n%s\nwant\n%s", test.name, got, plain)
			}
			if got := roomtest.Does(t, root, "/whois "+test.name); got != "~ "+shown {
				t.Errorf("root asks for %s:\n%s\nwant\n%s", test.name, got, shown)
			}
		}
		for _, name := range []string{"nobody", "192.0.2.3:99", "\x1b"} {
			if got := roomtest.Does(t, root, "/whois "+name); got != "~ "+testkit.English(reply.NoSuchUser, text.Clean(name)) {
				t.Errorf("/whois %q: %s", name, got)
			}
		}
		pipe.Leave(room.Quit)
		roomtest.Link(t, bob, "B2")
		bob.Leave(room.Quit)
		left := reply.Moment(time.Now()).String()
		time.Sleep(time.Hour)
		if got := roomtest.Does(t, root, "/whois BOB"); got != "~ "+testkit.English(reply.WhoisAway, "bob", left)+" | key B | key B2" {
			t.Errorf("bob is away: %s", got)
		}
	})
}

// A user who has changed names is not offline: whois gives the new name.
func TestWhoisByAFormerName(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, alice, "/nick x y")
	roomtest.Read(t, bob)
	since := reply.Moment(alice.Since).String()
	if got := roomtest.Does(t, bob, "/whois ALICE"); got != "~ "+testkit.English(reply.WhoisHereAs, "alice", "x y")+" | "+testkit.English(reply.WhoisVerified, "x y")+" | key A | "+testkit.English(reply.WhoisSession, "", "?", since, "0s") {
		t.Errorf("/whois: %s", got)
	}
	alice.Leave(room.Quit)
	roomtest.Read(t, bob)
	if got := roomtest.Does(t, bob, "/whois alice"); !strings.HasPrefix(got, "~ "+testkit.English(reply.WhoisAway, "alice", "")) {
		t.Errorf("once she has left: %s", got)
	}
}

// A bot that follows rooms is online although it is not in them: whois lists the ones that the
// reader may enter. Unless another of its sessions reads private messages, these are refused
// instead of waiting for nobody.
func TestBotThatFollowsIsNotAway(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{Messages: s})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	chat := roomtest.Enter(t, h, roomtest.At("robot", "R"))
	roomtest.Does(t, chat, "/key bot")
	chat.Leave(room.Quit)
	robot := roomtest.Following(t, h, "R", "")
	for _, line := range []string{"/join #go", "/room private", "/invite robot"} {
		roomtest.Does(t, alice, line)
	}
	also := roomtest.Following(t, h, "R", "go")
	all, some := testkit.English(reply.WhoisFollow, "#go, #lobby"), testkit.English(reply.WhoisFollow, "#lobby")
	asks := func(u *command.Runner, want string) {
		t.Helper()
		roomtest.Read(t, u)
		if got := roomtest.Does(t, u, "/whois robot"); !strings.Contains(got, want+" | key R") || strings.Contains(got, "away") {
			t.Errorf("whois: %s, want %s", got, want)
		}
	}
	asks(alice, all)
	asks(bob, some)
	for _, known := range []bool{false, true} {
		if known {
			s.Accounts["R"] = room.Account{ID: "R", Name: "robot"}
		}
		if got := roomtest.Does(t, bob, "/msg robot hi"); got != "~ "+testkit.English(reply.BotReadsNoMessages, "robot") {
			t.Errorf("/msg: %s", got)
		}
	}
	bob.User.LastSender.Store(&room.UserInfo{Name: "robot", Person: "R"})
	if got := roomtest.Does(t, bob, "/reply hi"); !strings.Contains(got, testkit.EnglishPart(reply.BotReadsNoMessages, 1)) || len(s.Offline) != 0 {
		t.Errorf("/reply: %s, and %d messages wait", got, len(s.Offline))
	}
	chat = roomtest.Enter(t, h, roomtest.At("robot", "R"))
	roomtest.Read(t, bob)
	if got := roomtest.Does(t, bob, "/whois robot"); !strings.HasPrefix(got, "~ "+testkit.English(reply.WhoisVerified, "robot")+" | "+testkit.English(reply.WhoisFollow, "#lobby")+" | key R | "+testkit.EnglishPart(reply.WhoisSession, 0)) {
		t.Errorf("whois, here and following: %s", got)
	}
	asks(bob, some)
	if got := roomtest.Does(t, bob, "/msg robot hi"); got != "bob>robot: hi" {
		t.Errorf("/msg, with a session that reads: %s", got)
	}
	chat.Leave(room.Quit)
	also.Leave(room.Quit)
	robot.Leave(room.Quit)
	roomtest.Read(t, bob)
	if got := roomtest.Does(t, bob, "/whois robot"); !strings.HasPrefix(got, "~ "+testkit.EnglishStart(reply.WhoisAway, "robot")) {
		t.Errorf("whois, once it is gone: %s", got)
	}
	if roomtest.Does(t, bob, "/msg robot hi"); len(s.Offline["R"]) != 1 {
		t.Errorf("once it is gone %d messages wait", len(s.Offline["R"]))
	}
}
