package builtin_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A ban applies to a key, an address (of IPv6, its /64), or a network, and disconnects the users it
// applies to. A ban by name applies to the key and the address.
func TestBan(t *testing.T) {
	for _, test := range []struct {
		whom  string
		in    []room.ClientInfo // may enter all the same
		out   []room.ClientInfo
		stays bool // bob does
	}{
		{
			whom: "bob",
			out:  []room.ClientInfo{roomtest.From("x", roomtest.Fp("bob"), "203.0.113.9"), roomtest.From("x", "", "192.0.2.1"), roomtest.From("x", "new", "192.0.2.1"), roomtest.From("x", "", "::ffff:192.0.2.1")},
			in:   []room.ClientInfo{roomtest.From("bob", "", "192.0.2.2")},
		},
		{
			whom: string(roomtest.Fp("bob")),
			out:  []room.ClientInfo{roomtest.From("x", roomtest.Fp("bob"), "203.0.113.9")},
			in:   []room.ClientInfo{roomtest.From("x", "", "192.0.2.1"), roomtest.From("x", "SHA256:bo", "192.0.2.1")},
		},
		{
			whom: "192.0.2.1",
			out:  []room.ClientInfo{roomtest.From("x", "", "192.0.2.1"), roomtest.From("x", "new", "::ffff:192.0.2.1")},
			in:   []room.ClientInfo{roomtest.From("x", roomtest.Fp("bob"), "192.0.2.2"), roomtest.From("x", "", "::192.0.2.1")},
		},
		{
			whom:  "2001:db8:1:2:3::4",
			out:   []room.ClientInfo{roomtest.From("x", "", "2001:db8:1:2:3::4"), roomtest.From("x", "new", "2001:db8:1:2::"), roomtest.From("x", "", "2001:db8:1:2:ffff::%eth0")},
			in:    []room.ClientInfo{roomtest.From("x", "", "2001:db8:1:3::"), roomtest.From("x", "", "2001:db8:1:1::")},
			stays: true,
		},
		{
			whom: "192.0.0.7/16",
			out:  []room.ClientInfo{roomtest.From("x", "", "192.0.255.255"), roomtest.From("x", "new", "::ffff:192.0.0.1")},
			in:   []room.ClientInfo{roomtest.From("x", "", "192.1.0.0"), roomtest.From("x", "", "191.255.255.255")},
		},
		{
			whom:  "2001:db8::/32",
			out:   []room.ClientInfo{roomtest.From("x", "", "2001:db8:ffff::1")},
			in:    []room.ClientInfo{roomtest.From("x", "", "2001:db9::"), roomtest.From("x", "", "192.0.2.1")},
			stays: true,
		},
	} {
		h, root := roomtest.HubWithOperator(t)
		bob := roomtest.Enter(t, h, roomtest.From("bob", roomtest.Fp("bob"), "192.0.2.1"))
		roomtest.Read(t, bob)
		roomtest.Does(t, root, "/ban "+test.whom)
		if (bob.Reason() == room.Banned) == test.stays {
			t.Errorf("ban %s: bob has left: %q", test.whom, bob.Reason())
		}
		if !test.stays {
			roomtest.Expect(t, bob, "~ "+testkit.English(reply.BannedForGood)+"; left: banned")
		}
		for _, ci := range test.out {
			if got := roomtest.EntryRefusal(t, h, ci); got != testkit.English(reply.BannedForGood) {
				t.Errorf("ban %s: %+v: %q", test.whom, ci, got)
			}
		}
		for _, ci := range test.in {
			if got := roomtest.EntryRefusal(t, h, ci); got != "" {
				t.Errorf("ban %s: %+v: %q", test.whom, ci, got)
			}
		}
	}
}

// Each ban by name ends the user's sessions, whatever other bans they have.
func TestBanByNameAlwaysEnds(t *testing.T) {
	for i := range 50 {
		h, root := roomtest.HubWithOperator(t)
		bob := roomtest.Enter(t, h, roomtest.From("bob", roomtest.Fp("bob"), "192.0.2.1"))
		roomtest.Does(t, root, "/ban bob")
		if bob.Reason() != room.Banned {
			t.Fatalf("round %d: bob is still online", i)
		}
	}
}

// A banned guest on this machine, which cannot be banned by address, is disconnected like others;
// other users on it are not.
func TestBanGuestOfThisMachine(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob, carol := roomtest.Enter(t, h, roomtest.From("bob", "", "127.0.0.1")), roomtest.Enter(t, h, roomtest.From("carol", "", "127.0.0.1"))
	got := roomtest.Does(t, root, "/ban bob")
	if bob.Reason() != room.Banned || carol.Reason() != "" {
		t.Errorf("root reads %s; bob has left: %q, carol: %q", got, bob.Reason(), carol.Reason())
	}
}

// A ban has an end and a reason, which the target reads.
func TestBanEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := roomtest.HubWithOperator(t)
		bob := roomtest.From("bob", roomtest.Fp("bob"), "192.0.2.1")
		ban := func(line, want string) {
			t.Helper()
			until := reply.Moment(time.Now().Add(2 * time.Hour)).String()
			roomtest.Does(t, root, line)
			if got := roomtest.EntryRefusal(t, h, bob); got != strings.ReplaceAll(want, "UNTIL", until) {
				t.Errorf("%s: bob reads %q, want %q", line, got, want)
			}
		}
		ban(string("/ban "+roomtest.Fp("bob")+" 2h"), testkit.English(reply.BannedUntil, "UNTIL"))
		ban(string("/ban "+roomtest.Fp("bob")+" 2h  rude\x1b[31m words "), testkit.English(reply.BannedUntilReason, "UNTIL", "rude words"))
		ban(string("/ban "+roomtest.Fp("bob")+" rude"), testkit.English(reply.BannedForGoodReason, "rude"))
		ban("/ban "+string(roomtest.Fp("bob"))+" "+strings.Repeat("名", 200), testkit.English(reply.BannedForGoodReason, strings.Repeat("名", moderation.MaxReasonBytes/3)))
		ban(string("/ban "+roomtest.Fp("bob")+" 2h"), testkit.English(reply.BannedUntil, "UNTIL"))
		time.Sleep(2 * time.Hour)
		if roomtest.EntryRefusal(t, h, bob) == "" {
			t.Error("the ban ends too early")
		}
		time.Sleep(time.Nanosecond)
		if got := roomtest.EntryRefusal(t, h, bob); got != "" {
			t.Errorf("after two hours: %s", got)
		}
		if got := roomtest.Does(t, root, "/bans"); got != "~ "+testkit.English(reply.NoBans) {
			t.Errorf("/bans: %s", got)
		}
	})
}

// Operators cannot be banned, nor kept out by a ban of an address; no mistake can ban everybody.
func TestBansThatAreRefused(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	roomtest.Enter(t, h, roomtest.At("second", roomtest.Fp("second")))
	roomtest.Does(t, root, "/op second")
	for line, want := range map[string]string{
		"/ban root":                             "~ " + testkit.English(reply.NotAnOperator, "root"),
		"/ban second":                           "~ " + testkit.English(reply.NotAnOperator, "second"),
		string("/ban " + roomtest.Fp("second")): "~ " + testkit.English(reply.NotAnOperator, roomtest.Fp("second")),
		"/mute second":                          "~ " + testkit.English(reply.NotAnOperator, "second"),
		"/ban 10.0.0.0/7":                       "~ " + testkit.English(reply.TooWide, "10.0.0.0/7"),
		"/ban 0.0.0.0/0":                        "~ " + testkit.English(reply.TooWide, "0.0.0.0/0"),
		"/ban 2001::/15":                        "~ " + testkit.English(reply.TooWide, "2001::/15"),
		"/ban ::/0":                             "~ " + testkit.English(reply.TooWide, "::/0"),
		"/ban nobody":                           "~ " + testkit.English(reply.NoSuchUser, "nobody"),
		`/ban ""`:                               "~ " + testkit.English(reply.NoSuchUser, ""),
		"/ban":                                  "~ " + testkit.English(reply.Usage, "/ban NAME [TIME] [WHY]"),
		"/unban nobody":                         "~ " + testkit.English(reply.NoSuchPenalty, "nobody"),
		"/unmute 192.0.2.1":                     "~ " + testkit.English(reply.NoSuchPenalty, "192.0.2.1"),
		"/ban 192.0.2.1/33":                     "~ " + testkit.English(reply.InvalidNetwork, "192.0.2.1/33"),
		"/kick nobody":                          "~ " + testkit.English(reply.NoSuchUser, "nobody"),
		"/ban \x1b[31m":                         "~ " + testkit.English(reply.NoSuchUser, ""),
		"/mute 2001:db8::/15 1h":                "~ " + testkit.English(reply.TooWide, "2001:db8::/15"),
	} {
		if got := roomtest.Does(t, root, line); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
	roomtest.Does(t, root, "/ban 198.51.100.0/24")
	if root.Reason() != "" {
		t.Fatal("an operator was disconnected")
	}
	roomtest.Enter(t, h, roomtest.From("root", "root", "198.51.100.1"))
	roomtest.Enter(t, h, roomtest.From("second", roomtest.Fp("second"), "198.51.100.1"))
	if roomtest.EntryRefusal(t, h, roomtest.From("x", "X", "198.51.100.1")) == "" {
		t.Error("the ban has no effect")
	}
}

// A key in the file makes its person an operator, even if it is their second key. Neither that key
// nor the first can be banned.
func TestOperatorBySecondKeyCannotBeBanned(t *testing.T) {
	h := room.New(room.Config{IsOperatorKey: func(key ids.Fingerprint) bool { return key == "root" || key == roomtest.Fp("2") }})
	root := roomtest.EnterRoot(t, h)
	carol := roomtest.Enter(t, h, roomtest.At("carol", roomtest.Fp("1")))
	roomtest.Link(t, carol, roomtest.Fp("2"))
	carol.Leave(room.Quit)
	roomtest.Enter(t, h, roomtest.At("carol", roomtest.Fp("2")))
	for _, whom := range []string{"carol", string(roomtest.Fp("2"))} {
		if got := roomtest.Does(t, root, "/ban "+whom); got != "~ "+testkit.English(reply.NotAnOperator, whom) {
			t.Errorf("/ban %s: %s", whom, got)
		}
	}
}

// A ban that is accepted has an effect.
func TestBanOfMappedNetwork(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	got := roomtest.Does(t, root, "/ban ::ffff:192.0.2.0/120")
	if roomtest.EntryRefusal(t, h, roomtest.From("x", "", "192.0.2.1")) == "" || !strings.HasPrefix(got, "~ "+testkit.EnglishStart(reply.BannedNow)) {
		t.Errorf("%s, but the target may enter", got)
	}
	if got := roomtest.Does(t, root, "/ban ::ffff:0.0.0.0/96"); got != "~ "+testkit.English(reply.TooWide, "0.0.0.0/0") {
		t.Error(got)
	}
}

// An invalid key is refused: otherwise others would see what an operator pasted, and a name that
// looks like a key would not be found.
func TestBanOfInvalidKey(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	roomtest.Does(t, root, "/ban SHA256:\x1b[2J\u202e"+strings.Repeat("x", 500))
	if got := roomtest.Does(t, root, "/bans") + roomtest.Does(t, root, "/audit"); strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("operators read %q", got)
	}
	bob := roomtest.Enter(t, h, roomtest.From("SHA256:bob", "B", "192.0.2.1")) // or this is not a name
	roomtest.Does(t, root, "/ban "+bob.UserInfo().Name)
	if bob.Reason() != room.Banned {
		t.Errorf("%s is banned but online", bob.UserInfo().Name)
	}
}

// A ban is lifted by name, by its target, or by an address in the target.
func TestUnban(t *testing.T) {
	for _, test := range []struct{ ban, unban string }{
		{"bob", "bob"},
		{"bob", "BOB"},
		{string(roomtest.Fp("bob")), string(roomtest.Fp("bob"))},
		{string(roomtest.Fp("bob")), "bob"}, // the owner of the name
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1", "192.0.2.1/32"},
		{"192.0.2.0/24", "192.0.2.77/24"},
		{"2001:db8::1", "2001:db8::2"},
		{"2001:db8::1", "2001:db8::/64"},
	} {
		h, root := roomtest.HubWithOperator(t)
		roomtest.Enter(t, h, roomtest.From("bob", roomtest.Fp("bob"), "192.0.2.1")).Leave(room.Quit)
		roomtest.Does(t, root, "/ban "+test.ban)
		if got := roomtest.Does(t, root, "/unban "+test.unban); !strings.HasPrefix(got, "~ "+testkit.English(reply.BannedNoMore, "")) || roomtest.Peek(h).Moderation.Bans.Len() != 0 {
			t.Errorf("ban %s, unban %s: %s", test.ban, test.unban, got)
		}
		for _, ci := range []room.ClientInfo{roomtest.From("bob", roomtest.Fp("bob"), "192.0.2.1"), roomtest.From("x", "", "192.0.2.1"), roomtest.From("x", "", "2001:db8::1")} {
			if got := roomtest.EntryRefusal(t, h, ci); got != "" {
				t.Errorf("ban %s, unban %s: %s", test.ban, test.unban, got)
			}
		}
	}
	h, root := roomtest.HubWithOperator(t)
	roomtest.Enter(t, h, roomtest.From("bob", roomtest.Fp("bob"), "192.0.2.1"))
	roomtest.Does(t, root, "/mute bob")
	if got := roomtest.Does(t, root, "/unban bob"); got != "~ "+testkit.English(reply.NoSuchPenalty, "bob") {
		t.Errorf("/unban of a mute: %s", got)
	}
	if got := roomtest.Does(t, root, "/unmute bob"); got != "~ "+testkit.English(reply.MutedNoMore, "bob (192.0.2.1/32)")+" | "+testkit.English(reply.MutedNoMore, "bob ("+roomtest.Fp("bob")+")") &&
		got != "~ "+testkit.English(reply.MutedNoMore, "bob ("+roomtest.Fp("bob")+")")+" | "+testkit.English(reply.MutedNoMore, "bob (192.0.2.1/32)") {
		t.Errorf("/unmute bob: %s", got)
	}
}

// A muted user can neither speak nor change names, but reads everything: a person with a key in all
// current and later sessions, a guest at the same address.
func TestMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := roomtest.HubWithOperator(t)
		roomtest.Enter(t, h, roomtest.At("alice", "A"))
		roomtest.Enter(t, h, roomtest.From("keyed", "K", "203.0.113.7")).Leave(room.Quit)
		time.Sleep(time.Second)
		bob := roomtest.Enter(t, h, roomtest.From("bob", "B", "192.0.2.1"))
		pipe := roomtest.Enter(t, h, room.ClientInfo{Fingerprint: "B", Remote: roomtest.Address("192.0.2.99")})
		guest := roomtest.Enter(t, h, roomtest.From("guest", "", "2001:db8::1"))
		silent := func(s *command.Runner, want ...reply.Code) {
			t.Helper()
			roomtest.Refuses(t, "saying", s.Say("x"), want...)
			roomtest.Refuses(t, "saying verbatim", s.SayVerbatim("x", "x"), want...)
			_, err := private.Send(s.Session, "alice", "x")
			roomtest.Refuses(t, "telling", err, want...)
			_, err = s.Rename("y")
			roomtest.Refuses(t, "renaming", err, want...)
			if got := roomtest.Does(t, s, "/say x"); !strings.HasPrefix(got, "~ "+testkit.EnglishPart(reply.MutedUntil, 0)) {
				t.Errorf("/say: %s", got)
			}
		}
		roomtest.Read(t, bob)
		until := reply.Moment(time.Now().Add(time.Hour)).String()
		roomtest.Does(t, root, "/mute bob 1h too loud")
		roomtest.Does(t, root, "/mute guest 1h")
		roomtest.Expect(t, bob, "~ "+testkit.English(reply.MutedUntilReason, until, "too loud"))
		if got := roomtest.Read(t, guest); !strings.HasSuffix(got, "~ "+testkit.English(reply.MutedUntil, until)) {
			t.Errorf("the guest reads %s", got)
		}
		silent(bob, reply.MutedUntilReason)
		silent(pipe, reply.MutedUntilReason)
		silent(roomtest.Enter(t, h, roomtest.From("bob", "B", "203.0.113.1")), reply.MutedUntilReason)
		_, err := roomtest.Command(t, h, "B", "say", "x")
		roomtest.Refuses(t, "a command", err, reply.MutedUntilReason)
		silent(guest, reply.MutedUntil)
		silent(roomtest.Enter(t, h, roomtest.From("neighbour", "", "2001:db8::2")), reply.MutedUntil)
		if err := roomtest.Enter(t, h, roomtest.From("keyed", "K", "2001:db8::3")).Say("x"); err != nil {
			t.Errorf("somebody known from the same address: %v", err)
		}
		silent(roomtest.Enter(t, h, roomtest.From("fresh", "F", "2001:db8::4")), reply.MutedUntil)
		if err := roomtest.Enter(t, h, roomtest.From("other", "", "2001:db8:0:1::")).Say("x"); err != nil {
			t.Errorf("another guest: %v", err)
		}
		time.Sleep(time.Hour + time.Second)
		for _, s := range []*command.Runner{pipe, guest} {
			if err := s.Say("x"); err != nil {
				t.Errorf("after an hour: %v", err)
			}
		}
	})
}

// A mute of a network applies to all of it, and one of an IPv6 address to its /64; so does a ban.
func TestPenaltiesOfNetworks(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	roomtest.Does(t, root, "/mute 10.1.2.0/24")
	roomtest.Refuses(t, "from the network", roomtest.Enter(t, h, roomtest.From("a", "", "10.1.2.3")).Say("x"), reply.MutedForGood)
	if err := roomtest.Enter(t, h, roomtest.From("b", "", "10.1.3.3")).Say("x"); err != nil {
		t.Errorf("from next to it: %v", err)
	}
	roomtest.Does(t, root, "/mute 2001:db8:1:2::5/128")
	roomtest.Refuses(t, "from the same /64", roomtest.Enter(t, h, roomtest.From("c", "", "2001:db8:1:2::6")).Say("x"), reply.MutedForGood)
	roomtest.Does(t, root, "/ban 2001:db8:1:3::5/128")
	if roomtest.EntryRefusal(t, h, roomtest.From("d", "", "2001:db8:1:3::6")) == "" {
		t.Error("a ban is evaded within the /64")
	}
}

// An IPv4 address also has IPv6 forms: a ban of either covers both. A network in its written form
// counts too.
func TestBanOfIPv4InIPv6(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	roomtest.Does(t, root, "/ban 192.0.2.1")
	roomtest.Does(t, root, "/ban 2002:c000:202:1::1")
	roomtest.Does(t, root, "/ban 2002:c000:300::/40")
	for addr, banned := range map[string]bool{
		"2002:c000:201::1": true, "2002:c000:201:99::1": true, "64:ff9b::192.0.2.1": true, "2001::1:3fff:fdfe": true,
		"192.0.2.2": true, "2002:c000:202:2::1": true,
		"2002:c000:301::1": true, "192.0.3.1": false, "2002:c000:203::1": false, "2001:db8::1": false,
	} {
		if got := roomtest.EntryRefusal(t, h, roomtest.From("x", "", addr)) != ""; got != banned {
			t.Errorf("%s is banned: %t", addr, got)
		}
	}
}

// A ban by name covers all addresses of the user's sessions.
func TestBanCoversAllSessions(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	roomtest.Enter(t, h, roomtest.From("bob", "B", "192.0.2.1"))
	roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob", Fingerprint: "B", Remote: roomtest.Address("198.51.100.9")})
	roomtest.Does(t, root, "/ban bob")
	for _, addr := range []string{"192.0.2.1", "198.51.100.9"} {
		if roomtest.EntryRefusal(t, h, roomtest.From("x", "fresh", addr)) == "" {
			t.Errorf("a fresh key gets in from %s", addr)
		}
	}
}

// The lists of bans and mutes are bounded.
func TestPenaltiesAreBounded(t *testing.T) {
	testkit.Soak(t, "ten thousand bans, one after the other")
	h, root := roomtest.HubWithOperator(t)
	for i := range moderation.MaxPenalties {
		if _, err := builtin.Ban(root, fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)); err != nil {
			t.Fatal(err)
		}
	}
	if got := roomtest.Does(t, root, "/ban 192.0.2.1"); got != "~ "+i18n.Sprint(string(reply.TooManyPenalties), 10000) {
		t.Errorf("one ban too many: %s", got)
	}
	if got := roomtest.EntryRefusal(t, h, roomtest.From("x", "", "10.1.1.1")); got == "" {
		t.Error("one of many bans has no effect")
	}
}

// A mistyped duration does not count as a reason: an operator who means ten minutes must not ban
// forever. Anything else is a reason, and lists show the duration of each ban.
func TestMistypedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := roomtest.HubWithOperator(t)
		bob := roomtest.Enter(t, h, roomtest.From("bob", roomtest.Fp("bob"), "192.0.2.1"))
		for _, typed := range []string{"2min", "10", "2H", "0", "-5m", "+5m", "2hours", "0h", "1ms", "9999d", "3651d", "522w", "87601h", "3650d1s", "1d-12h", "10 too loud", "3rd time"} {
			first, _, _ := strings.Cut(typed, " ")
			for _, command := range []string{"/ban bob ", "/mute bob ", `/ban "bob" `} {
				if got := roomtest.Does(t, root, command+typed); got != "~ "+testkit.English(reply.InvalidDuration, first) {
					t.Errorf("%s%s: %s", command, typed, got)
				}
			}
		}
		for typed, time := range map[string]string{"for 10 minutes": "10", "for an hour": "an hour", "five minutes, spam": "five minutes", "for half a day": "half a day", "五分钟": "五分钟", "半小時 洗版": "半小時", "兩個月": "兩個月"} {
			if got := roomtest.Does(t, root, "/ban bob "+typed); got != "~ "+testkit.English(reply.InvalidDuration, time) {
				t.Errorf("%s: %s", typed, got)
			}
		}
		if got := roomtest.Does(t, root, "/audit"); bob.Reason() != "" || roomtest.Peek(h).Moderation.Bans.Len()+roomtest.Peek(h).Moderation.Mutes.Len() != 0 || got != "~ "+testkit.English(reply.NoAuditEntries) {
			t.Errorf("bob has left: %q, %d bans, %d mutes; %s", bob.Reason(), roomtest.Peek(h).Moderation.Bans.Len(), roomtest.Peek(h).Moderation.Mutes.Len(), got)
		}
		now, until := reply.Moment(time.Now()).String(), reply.Moment(time.Now().Add(36*time.Hour)).String()
		for _, line := range []string{"/mute 192.0.2.1", "/mute 192.0.2.2 -- rude", "/mute 192.0.2.3 for ever", "/mute 192.0.2.4 一天到晚刷屏", "/ban 192.0.2.3 1d12h", "/ban 192.0.2.4 For 1d12h rude, twice"} {
			roomtest.Does(t, root, line)
			time.Sleep(time.Nanosecond)
		}
		want := "~ " + testkit.English(reply.BanUntilLineReason, "192.0.2.3/32", "root", "NOW", "UNTIL | ban: 192.0.2.4/32", "by root on NOW, until UNTIL, rude, twice") + " | " + testkit.English(reply.MuteLineReason, "192.0.2.1/32", "root", "NOW, for good | mute: 192.0.2.2/32, by root on NOW", "-- rude") + " | " + testkit.English(reply.MuteLineReason, "192.0.2.3/32", "root", "NOW", "for ever") + " | " + testkit.English(reply.MuteLineReason, "192.0.2.4/32", "root", "NOW", "一天到晚刷屏")
		if got := roomtest.Does(t, root, "/bans"); got != strings.NewReplacer("NOW", now, "UNTIL", until).Replace(want) {
			t.Errorf("/bans: %s", got)
		}
		if got := roomtest.Does(t, root, "/audit"); !strings.Contains(got, "mute 192.0.2.1/32 for good | ") || !strings.Contains(got, "mute 192.0.2.2/32 for good, -- rude | ") {
			t.Errorf("/audit: %s", got)
		}
	})
}

// A penalty lasts for at least a second and at most ten years.
func TestPenaltyDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"1s": time.Second, "10m": 10 * time.Minute, "1.5h": 90 * time.Minute, "1d12h": 36 * time.Hour, "4w": 28 * 24 * time.Hour, "3650d": builtin.MaxPenaltyDuration,
		"": 0, "0": 0, "999ms": 0, "3650d1s": 0, "-2h": 0, "+2h": 0, "2": 0, "spam": 0,
	} {
		if d, ok := builtin.ParsePenaltyDuration(s); ok != (want > 0) || ok && d != want {
			t.Errorf("%q is %v, %t; want %v", s, d, ok, want)
		}
	}
}

// A target that looks like a network or a key but is neither is refused as such, not as an unknown
// name.
func TestBanOfNoNetwork(t *testing.T) {
	_, root := roomtest.HubWithOperator(t)
	for _, whom := range []string{"1.2.3.4/99", "192.0.2.0/", "2001:db8::/129", "1.2.3.400", "192.0.2.1/24/8"} {
		if got := roomtest.Does(t, root, "/ban "+whom); got != "~ "+testkit.English(reply.InvalidNetwork, whom) {
			t.Errorf("/ban %s: %s", whom, got)
		}
	}
	for _, whom := range []string{"SHA256:foo", "sha256:" + strings.Repeat("0", 43), string(roomtest.Fp("x") + "=")} {
		if got := roomtest.Does(t, root, "/mute "+whom); got != "~ "+testkit.English(reply.InvalidFingerprint, whom) {
			t.Errorf("/mute %s: %s", whom, got)
		}
	}
	if got := roomtest.Does(t, root, "/ban and/or"); got != "~ "+testkit.English(reply.NoSuchUser, "and/or") {
		t.Errorf("a name: %s", got)
	}
}

// A ban or mute by name does not shorten an existing one of the address, and lifting it does not
// lift that one.
func TestPenaltyKeepsOneOfTheAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{IsOperatorKey: func(key ids.Fingerprint) bool { return key == "O" }})
		op := roomtest.Enter(t, h, roomtest.At("op", "O"))
		from := func(name, key string) room.ClientInfo {
			return room.ClientInfo{RequestedName: name, Fingerprint: ids.Fingerprint(key), Remote: roomtest.Address("192.0.2.7"), Terminal: true}
		}
		bob := roomtest.Enter(t, h, from("bob", "B")) // who owned a name before
		time.Sleep(time.Second)
		roomtest.Does(t, op, "/mute 192.0.2.7 2h")
		roomtest.Does(t, op, "/mute bob 1h")
		roomtest.Refuses(t, "bob, who is muted, says something", bob.Say("hi"), reply.MutedUntil)
		bob.Leave(room.Quit)
		roomtest.Does(t, op, "/unmute bob")
		guest := roomtest.Enter(t, h, from("guest", ""))
		roomtest.Refuses(t, "a guest from there says something", guest.Say("hi"), reply.MutedUntil)
		roomtest.Does(t, op, "/mute guest 1h")
		time.Sleep(time.Hour + time.Minute)
		roomtest.Refuses(t, "the guest says something after an hour", guest.Say("hi"), reply.MutedUntil)
		time.Sleep(time.Hour)
		if err := guest.Say("hi"); err != nil {
			t.Error("after two hours:", err)
		}
		roomtest.Does(t, op, "/mute 192.0.2.7 2h")
		roomtest.Does(t, op, "/mute 192.0.2.7 1m") // for the address itself it takes effect
		time.Sleep(2 * time.Minute)
		if err := guest.Say("hi"); err != nil {
			t.Error("after the shorter time:", err)
		}
	})
}

// A muted user cannot speak through the topic of their own room, or through invitations.
func TestMutedInOtherWays(t *testing.T) {
	h := room.New(room.Config{IsOperatorKey: func(key ids.Fingerprint) bool { return key == "O" }})
	op, bob := roomtest.Enter(t, h, roomtest.At("op", "O")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, bob, "/join shout")
	roomtest.Does(t, op, "/mute bob")
	roomtest.Read(t, op)
	for _, line := range []string{"/topic hear me", "/invite op", "/me waves", "/msg op psst", "/nick hear-me"} {
		if got := roomtest.Does(t, bob, line); got != "~ "+i18n.English(string(reply.MutedForGood)) {
			t.Errorf("%s: bob reads %q", line, got)
		}
	}
	roomtest.Expect(t, op, "")
}
