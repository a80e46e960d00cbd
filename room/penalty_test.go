package room

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// fp returns the fingerprint of somebody's key.
func fp(name string) string {
	return names.FingerprintPrefix + name + strings.Repeat("0", 43-len(name))
}

// from returns somebody from an address.
func from(name, key, addr string) ClientInfo {
	return ClientInfo{RequestedName: name, Fingerprint: key, Remote: address(addr), Terminal: true, Takeover: TakeoverAlways}
}

// barred returns why somebody may not come in, or "".
func barred(t testing.TB, h *Hub, ci ClientInfo) string {
	t.Helper()
	s, err := h.Enter(ci)
	if err == nil {
		s.Leave(Quit)
		return ""
	}
	if _, _, also := h.Exec(ci); also == nil || also.Error() != err.Error() {
		t.Errorf("%+v enters: %v, visits: %v", ci, err, also)
	}
	refuses(t, "entering", err, reply.BannedForGood, reply.BannedForGoodReason, reply.BannedUntil, reply.BannedUntilReason)
	return err.Error()
}

// A ban is for a key, an address, which of IPv6 is the /64, or a network; who is
// here and meant by it leaves. By name it is for the key and the address.
func TestBan(t *testing.T) {
	for _, test := range []struct {
		whom  string
		in    []ClientInfo // may come in all the same
		out   []ClientInfo
		stays bool // bob does
	}{
		{
			whom: "bob",
			out:  []ClientInfo{from("x", fp("bob"), "203.0.113.9"), from("x", "", "192.0.2.1"), from("x", "new", "192.0.2.1"), from("x", "", "::ffff:192.0.2.1")},
			in:   []ClientInfo{from("bob", "", "192.0.2.2")},
		},
		{
			whom: fp("bob"),
			out:  []ClientInfo{from("x", fp("bob"), "203.0.113.9")},
			in:   []ClientInfo{from("x", "", "192.0.2.1"), from("x", "SHA256:bo", "192.0.2.1")},
		},
		{
			whom: "192.0.2.1",
			out:  []ClientInfo{from("x", "", "192.0.2.1"), from("x", "new", "::ffff:192.0.2.1")},
			in:   []ClientInfo{from("x", fp("bob"), "192.0.2.2"), from("x", "", "::192.0.2.1")},
		},
		{
			whom:  "2001:db8:1:2:3::4",
			out:   []ClientInfo{from("x", "", "2001:db8:1:2:3::4"), from("x", "new", "2001:db8:1:2::"), from("x", "", "2001:db8:1:2:ffff::%eth0")},
			in:    []ClientInfo{from("x", "", "2001:db8:1:3::"), from("x", "", "2001:db8:1:1::")},
			stays: true,
		},
		{
			whom: "192.0.0.7/16",
			out:  []ClientInfo{from("x", "", "192.0.255.255"), from("x", "new", "::ffff:192.0.0.1")},
			in:   []ClientInfo{from("x", "", "192.1.0.0"), from("x", "", "191.255.255.255")},
		},
		{
			whom:  "2001:db8::/32",
			out:   []ClientInfo{from("x", "", "2001:db8:ffff::1")},
			in:    []ClientInfo{from("x", "", "2001:db9::"), from("x", "", "192.0.2.1")},
			stays: true,
		},
	} {
		h, root := ordered(t)
		bob := enter(t, h, from("bob", fp("bob"), "192.0.2.1"))
		read(t, bob)
		does(t, root, "/ban "+test.whom)
		if (bob.Reason() == Banned) == test.stays {
			t.Errorf("ban %s: bob has left: %q", test.whom, bob.Reason())
		}
		if !test.stays {
			expect(t, bob, "~ "+testkit.English(reply.BannedForGood)+"; left: banned")
		}
		for _, ci := range test.out {
			if got := barred(t, h, ci); got != testkit.English(reply.BannedForGood) {
				t.Errorf("ban %s: %+v: %q", test.whom, ci, got)
			}
		}
		for _, ci := range test.in {
			if got := barred(t, h, ci); got != "" {
				t.Errorf("ban %s: %+v: %q", test.whom, ci, got)
			}
		}
	}
}

// Each ban by name ends the user's sessions, whatever other bans they have.
func TestBanByNameAlwaysEnds(t *testing.T) {
	for i := range 50 {
		h, root := ordered(t)
		bob := enter(t, h, from("bob", fp("bob"), "192.0.2.1"))
		does(t, root, "/ban bob")
		if bob.Reason() != Banned {
			t.Fatalf("round %d: bob is here still", i)
		}
	}
}

// A guest of this machine, from where everybody may come, leaves when it is banned,
// as others do; others from there do not.
func TestBanGuestOfThisMachine(t *testing.T) {
	h, root := ordered(t)
	bob, carol := enter(t, h, from("bob", "", "127.0.0.1")), enter(t, h, from("carol", "", "127.0.0.1"))
	got := does(t, root, "/ban bob")
	if bob.Reason() != Banned || carol.Reason() != "" {
		t.Errorf("root is told %s; bob has left: %q, carol: %q", got, bob.Reason(), carol.Reason())
	}
}

// A ban has an end and a reason, which its target is told.
func TestBanEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := ordered(t)
		bob := from("bob", fp("bob"), "192.0.2.1")
		ban := func(line, want string) {
			t.Helper()
			until := reply.Moment(time.Now().Add(2 * time.Hour)).String()
			does(t, root, line)
			if got := barred(t, h, bob); got != strings.ReplaceAll(want, "UNTIL", until) {
				t.Errorf("%s: bob is told %q, want %q", line, got, want)
			}
		}
		ban("/ban "+fp("bob")+" 2h", testkit.English(reply.BannedUntil, "UNTIL"))
		ban("/ban "+fp("bob")+" 2h  rude\x1b[31m words ", testkit.English(reply.BannedUntilReason, "UNTIL", "rude words"))
		ban("/ban "+fp("bob")+" rude", testkit.English(reply.BannedForGoodReason, "rude"))
		ban("/ban "+fp("bob")+" "+strings.Repeat("名", 200), testkit.English(reply.BannedForGoodReason, strings.Repeat("名", moderation.MaxReasonBytes/3)))
		ban("/ban "+fp("bob")+" 2h", testkit.English(reply.BannedUntil, "UNTIL"))
		time.Sleep(2 * time.Hour)
		if barred(t, h, bob) == "" {
			t.Error("the ban is over too early")
		}
		time.Sleep(time.Nanosecond)
		if got := barred(t, h, bob); got != "" {
			t.Errorf("after two hours: %s", got)
		}
		if got := does(t, root, "/bans"); got != "~ "+testkit.English(reply.NoBans) {
			t.Errorf("/bans: %s", got)
		}
	})
}

// Operators are neither banned nor kept out by a ban of an address; a mistake
// cannot ban the world.
func TestBansThatAreRefused(t *testing.T) {
	h, root := ordered(t)
	enter(t, h, at("second", fp("second")))
	does(t, root, "/op second")
	for line, want := range map[string]string{
		"/ban root":              "~ " + testkit.English(reply.NotAnOperator, "root"),
		"/ban second":            "~ " + testkit.English(reply.NotAnOperator, "second"),
		"/ban " + fp("second"):   "~ " + testkit.English(reply.NotAnOperator, fp("second")),
		"/mute second":           "~ " + testkit.English(reply.NotAnOperator, "second"),
		"/ban 10.0.0.0/7":        "~ " + testkit.English(reply.TooWide, "10.0.0.0/7"),
		"/ban 0.0.0.0/0":         "~ " + testkit.English(reply.TooWide, "0.0.0.0/0"),
		"/ban 2001::/15":         "~ " + testkit.English(reply.TooWide, "2001::/15"),
		"/ban ::/0":              "~ " + testkit.English(reply.TooWide, "::/0"),
		"/ban nobody":            "~ " + testkit.English(reply.NoSuchUser, "nobody"),
		`/ban ""`:                "~ " + testkit.English(reply.NoSuchUser, ""),
		"/ban":                   "~ Usage: /ban NAME [TIME] [WHY]",
		"/unban nobody":          "~ " + testkit.English(reply.NoSuchPenalty, "nobody"),
		"/unmute 192.0.2.1":      "~ " + testkit.English(reply.NoSuchPenalty, "192.0.2.1"),
		"/ban 192.0.2.1/33":      "~ " + testkit.English(reply.InvalidNetwork, "192.0.2.1/33"),
		"/kick nobody":           "~ " + testkit.English(reply.NoSuchUser, "nobody"),
		"/ban \x1b[31m":          "~ " + testkit.English(reply.NoSuchUser, ""),
		"/mute 2001:db8::/15 1h": "~ " + testkit.English(reply.TooWide, "2001:db8::/15"),
	} {
		if got := does(t, root, line); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
	does(t, root, "/ban 198.51.100.0/24")
	if root.Reason() != "" {
		t.Fatal("an operator had to leave")
	}
	enter(t, h, from("root", "root", "198.51.100.1"))
	enter(t, h, from("second", fp("second"), "198.51.100.1"))
	if barred(t, h, from("x", "X", "198.51.100.1")) == "" {
		t.Error("the ban does not count")
	}
}

// An operator by the file is one whose key stands in it: also where that is the
// second of a person. Neither that key nor the first can be banned.
func TestOperatorBySecondKeyCannotBeBanned(t *testing.T) {
	h, root := ordered(t)
	h.IsOperatorKey = func(key string) bool { return key == "root" || key == fp("2") }
	carol := enter(t, h, at("carol", fp("1")))
	link(t, carol, fp("2"))
	carol.Leave(Quit)
	enter(t, h, at("carol", fp("2")))
	for _, whom := range []string{"carol", fp("2")} {
		if got := does(t, root, "/ban "+whom); !strings.Contains(got, "is an operator") {
			t.Errorf("/ban %s: %s", whom, got)
		}
	}
}

// A ban that is accepted counts.
func TestBanOfMappedNetwork(t *testing.T) {
	h, root := ordered(t)
	got := does(t, root, "/ban ::ffff:192.0.2.0/120")
	if barred(t, h, from("x", "", "192.0.2.1")) == "" && strings.Contains(got, "Banned") {
		t.Errorf("%s, and who is meant may come in", got)
	}
	if got := does(t, root, "/ban ::ffff:0.0.0.0/96"); got != "~ "+testkit.English(reply.TooWide, "0.0.0.0/0") {
		t.Error(got)
	}
}

// A key that is none is refused: else what an operator pastes is in the terminals of
// the others, and a name that is like a key is not found.
func TestBanOfWhatIsNoKey(t *testing.T) {
	h, root := ordered(t)
	does(t, root, "/ban SHA256:\x1b[2J\u202e"+strings.Repeat("x", 500))
	if got := does(t, root, "/bans") + does(t, root, "/audit"); strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("operators read %q", got)
	}
	bob := enter(t, h, from("SHA256:bob", "B", "192.0.2.1")) // or this is no name
	does(t, root, "/ban "+bob.User().Name)
	if bob.Reason() != Banned {
		t.Errorf("%s is banned and here", bob.User().Name)
	}
}

// Bans end by the name, the target, or an address that is in the target.
func TestUnban(t *testing.T) {
	for _, test := range []struct{ ban, unban string }{
		{"bob", "bob"},
		{"bob", "BOB"},
		{fp("bob"), fp("bob")},
		{fp("bob"), "bob"}, // who owns the name
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1", "192.0.2.1/32"},
		{"192.0.2.0/24", "192.0.2.77/24"},
		{"2001:db8::1", "2001:db8::2"},
		{"2001:db8::1", "2001:db8::/64"},
	} {
		h, root := ordered(t)
		enter(t, h, from("bob", fp("bob"), "192.0.2.1")).Leave(Quit)
		does(t, root, "/ban "+test.ban)
		if got := does(t, root, "/unban "+test.unban); !strings.HasPrefix(got, "~ "+testkit.English(reply.BannedNoMore, "")) || h.moderation.Bans.Len() != 0 {
			t.Errorf("ban %s, unban %s: %s", test.ban, test.unban, got)
		}
		for _, ci := range []ClientInfo{from("bob", fp("bob"), "192.0.2.1"), from("x", "", "192.0.2.1"), from("x", "", "2001:db8::1")} {
			if got := barred(t, h, ci); got != "" {
				t.Errorf("ban %s, unban %s: %s", test.ban, test.unban, got)
			}
		}
	}
	h, root := ordered(t)
	enter(t, h, from("bob", fp("bob"), "192.0.2.1"))
	does(t, root, "/mute bob")
	if got := does(t, root, "/unban bob"); got != "~ "+testkit.English(reply.NoSuchPenalty, "bob") {
		t.Errorf("a mute is no ban: %s", got)
	}
	if got := does(t, root, "/unmute bob"); got != "~ "+testkit.English(reply.MutedNoMore, "bob (192.0.2.1/32)")+" | "+testkit.English(reply.MutedNoMore, "bob ("+fp("bob")+")") &&
		got != "~ "+testkit.English(reply.MutedNoMore, "bob ("+fp("bob")+")")+" | "+testkit.English(reply.MutedNoMore, "bob (192.0.2.1/32)") {
		t.Errorf("/unmute bob: %s", got)
	}
}

// A muted user can neither speak nor change names, but reads everything: with a key in all current
// and later sessions, as a guest from the same address.
func TestMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := ordered(t)
		enter(t, h, at("alice", "A"))
		enter(t, h, from("keyed", "K", "203.0.113.7")).Leave(Quit)
		time.Sleep(time.Second)
		bob := enter(t, h, from("bob", "B", "192.0.2.1"))
		pipe := enter(t, h, ClientInfo{Fingerprint: "B", Remote: address("192.0.2.99")})
		guest := enter(t, h, from("guest", "", "2001:db8::1"))
		silent := func(s *Session, want ...reply.Code) {
			t.Helper()
			refuses(t, "saying", s.Say("x"), want...)
			refuses(t, "saying verbatim", s.SayVerbatim("x", "x"), want...)
			_, err := s.SendDirect("alice", "x")
			refuses(t, "telling", err, want...)
			_, err = s.Rename("y")
			refuses(t, "renaming", err, want...)
			if got := does(t, s, "/say x"); !strings.HasPrefix(got, "~ "+testkit.EnglishPart(reply.MutedUntil, 0)) {
				t.Errorf("/say: %s", got)
			}
		}
		read(t, bob)
		until := reply.Moment(time.Now().Add(time.Hour)).String()
		does(t, root, "/mute bob 1h too loud")
		does(t, root, "/mute guest 1h")
		expect(t, bob, "~ "+testkit.English(reply.MutedUntilReason, until, "too loud"))
		if got := read(t, guest); !strings.HasSuffix(got, "~ "+testkit.English(reply.MutedUntil, until)) {
			t.Errorf("the guest reads %s", got)
		}
		silent(bob, reply.MutedUntilReason)
		silent(pipe, reply.MutedUntilReason)
		silent(enter(t, h, from("bob", "B", "203.0.113.1")), reply.MutedUntilReason)
		_, err := command(t, h, "B", "say", "x")
		refuses(t, "a command", err, reply.MutedUntilReason)
		silent(guest, reply.MutedUntil)
		silent(enter(t, h, from("neighbour", "", "2001:db8::2")), reply.MutedUntil)
		if err := enter(t, h, from("keyed", "K", "2001:db8::3")).Say("x"); err != nil {
			t.Errorf("somebody known from the same address: %v", err)
		}
		silent(enter(t, h, from("fresh", "F", "2001:db8::4")), reply.MutedUntil)
		if err := enter(t, h, from("other", "", "2001:db8:0:1::")).Say("x"); err != nil {
			t.Errorf("another guest: %v", err)
		}
		time.Sleep(time.Hour + time.Second)
		for _, s := range []*Session{pipe, guest} {
			if err := s.Say("x"); err != nil {
				t.Errorf("after an hour: %v", err)
			}
		}
	})
}

// A mute of a network holds for all of it, and one of an IPv6 address for what its
// owner has besides; so does a ban.
func TestPenaltiesOfNetworks(t *testing.T) {
	h, root := ordered(t)
	does(t, root, "/mute 10.1.2.0/24")
	refuses(t, "from the network", enter(t, h, from("a", "", "10.1.2.3")).Say("x"), reply.MutedForGood)
	if err := enter(t, h, from("b", "", "10.1.3.3")).Say("x"); err != nil {
		t.Errorf("from beside it: %v", err)
	}
	does(t, root, "/mute 2001:db8:1:2::5/128")
	refuses(t, "from the same /64", enter(t, h, from("c", "", "2001:db8:1:2::6")).Say("x"), reply.MutedForGood)
	does(t, root, "/ban 2001:db8:1:3::5/128")
	if barred(t, h, from("d", "", "2001:db8:1:3::6")) == "" {
		t.Error("a ban is evaded within the /64")
	}
}

// An IPv4 address also has IPv6 forms: a ban of either covers both. A network in its written form
// counts too.
func TestBanOfIPv4InIPv6(t *testing.T) {
	h, root := ordered(t)
	does(t, root, "/ban 192.0.2.1")
	does(t, root, "/ban 2002:c000:202:1::1")
	does(t, root, "/ban 2002:c000:300::/40")
	for addr, banned := range map[string]bool{
		"2002:c000:201::1": true, "2002:c000:201:99::1": true, "64:ff9b::192.0.2.1": true, "2001::1:3fff:fdfe": true,
		"192.0.2.2": true, "2002:c000:202:2::1": true,
		"2002:c000:301::1": true, "192.0.3.1": false, "2002:c000:203::1": false, "2001:db8::1": false,
	} {
		if got := barred(t, h, from("x", "", addr)) != ""; got != banned {
			t.Errorf("%s is banned: %t", addr, got)
		}
	}
}

// A ban by name covers all addresses of the user's sessions.
func TestBanCoversAllSessions(t *testing.T) {
	h, root := ordered(t)
	enter(t, h, from("bob", "B", "192.0.2.1"))
	enter(t, h, ClientInfo{RequestedName: "bob", Fingerprint: "B", Remote: address("198.51.100.9")})
	does(t, root, "/ban bob")
	for _, addr := range []string{"192.0.2.1", "198.51.100.9"} {
		if barred(t, h, from("x", "fresh", addr)) == "" {
			t.Errorf("a fresh key gets in from %s", addr)
		}
	}
}

// The lists of bans and mutes are bounded.
func TestPenaltiesAreBounded(t *testing.T) {
	testkit.Soak(t, "ten thousand bans, one after the other")
	h, root := ordered(t)
	for i := range moderation.MaxPenalties {
		if _, err := root.ban([]string{fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := does(t, root, "/ban 192.0.2.1"); got != "~ "+i18n.Sprint(string(reply.TooManyPenalties), 10000) {
		t.Errorf("one ban too many: %s", got)
	}
	if got := barred(t, h, from("x", "", "10.1.1.1")); got == "" {
		t.Error("one of many bans does not count")
	}
}

// A mistyped duration is not taken for a reason: an operator who means ten minutes must not ban
// forever. Anything else is a reason, and lists show the duration of each ban.
func TestMistypedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := ordered(t)
		bob := enter(t, h, from("bob", fp("bob"), "192.0.2.1"))
		for _, typed := range []string{"2min", "10", "2H", "0", "-5m", "+5m", "2hours", "0h", "1ms", "9999d", "3651d", "522w", "87601h", "3650d1s", "1d-12h", "10 too loud", "3rd time"} {
			first, _, _ := strings.Cut(typed, " ")
			for _, command := range []string{"/ban bob ", "/mute bob ", `/ban "bob" `} {
				if got := does(t, root, command+typed); got != "~ "+testkit.English(reply.InvalidDuration, first) {
					t.Errorf("%s%s: %s", command, typed, got)
				}
			}
		}
		for typed, time := range map[string]string{"for 10 minutes": "10", "for an hour": "an hour", "five minutes, spam": "five minutes", "for half a day": "half a day", "五分钟": "五分钟", "半小時 洗版": "半小時", "兩個月": "兩個月"} {
			if got := does(t, root, "/ban bob "+typed); got != "~ "+testkit.English(reply.InvalidDuration, time) {
				t.Errorf("%s: %s", typed, got)
			}
		}
		if got := does(t, root, "/audit"); bob.Reason() != "" || h.moderation.Bans.Len()+h.moderation.Mutes.Len() != 0 || got != "~ "+testkit.English(reply.NoAuditEntries) {
			t.Errorf("bob has left: %q, %d bans, %d mutes; %s", bob.Reason(), h.moderation.Bans.Len(), h.moderation.Mutes.Len(), got)
		}
		now, until := reply.Moment(time.Now()).String(), reply.Moment(time.Now().Add(36*time.Hour)).String()
		for _, line := range []string{"/mute 192.0.2.1", "/mute 192.0.2.2 -- rude", "/mute 192.0.2.3 for ever", "/mute 192.0.2.4 一天到晚刷屏", "/ban 192.0.2.3 1d12h", "/ban 192.0.2.4 For 1d12h rude, twice"} {
			does(t, root, line)
			time.Sleep(time.Nanosecond)
		}
		want := "~ " + testkit.English(reply.BanUntilLineReason, "192.0.2.3/32", "root", "NOW", "UNTIL | ban: 192.0.2.4/32", "by root on NOW, until UNTIL, rude, twice") + " | " + testkit.English(reply.MuteLineReason, "192.0.2.1/32", "root", "NOW, for good | mute: 192.0.2.2/32, by root on NOW", "-- rude") + " | " + testkit.English(reply.MuteLineReason, "192.0.2.3/32", "root", "NOW", "for ever") + " | " + testkit.English(reply.MuteLineReason, "192.0.2.4/32", "root", "NOW", "一天到晚刷屏")
		if got := does(t, root, "/bans"); got != strings.NewReplacer("NOW", now, "UNTIL", until).Replace(want) {
			t.Errorf("/bans: %s", got)
		}
		if got := does(t, root, "/audit"); !strings.Contains(got, "mute 192.0.2.1/32 for good | ") || !strings.Contains(got, "mute 192.0.2.2/32 for good, -- rude | ") {
			t.Errorf("/audit: %s", got)
		}
	})
}

// A penalty lasts for at least a second and at most ten years.
func TestPenaltyDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"1s": time.Second, "10m": 10 * time.Minute, "1.5h": 90 * time.Minute, "1d12h": 36 * time.Hour, "4w": 28 * 24 * time.Hour, "3650d": maxPenaltyDuration,
		"": 0, "0": 0, "999ms": 0, "3650d1s": 0, "-2h": 0, "+2h": 0, "2": 0, "spam": 0,
	} {
		if d, ok := parsePenaltyDuration(s); ok != (want > 0) || ok && d != want {
			t.Errorf("%q is %v, %t; want %v", s, d, ok, want)
		}
	}
}

// A target that looks like a network or a key but is neither is refused as such, not as an unknown
// name.
func TestBanOfNoNetwork(t *testing.T) {
	_, root := ordered(t)
	for _, whom := range []string{"1.2.3.4/99", "192.0.2.0/", "2001:db8::/129", "1.2.3.400", "192.0.2.1/24/8"} {
		if got := does(t, root, "/ban "+whom); got != "~ "+testkit.English(reply.InvalidNetwork, whom) {
			t.Errorf("/ban %s: %s", whom, got)
		}
	}
	for _, whom := range []string{"SHA256:foo", "sha256:" + strings.Repeat("0", 43), fp("x") + "="} {
		if got := does(t, root, "/mute "+whom); got != "~ "+testkit.English(reply.InvalidFingerprint, whom) {
			t.Errorf("/mute %s: %s", whom, got)
		}
	}
	if got := does(t, root, "/ban and/or"); got != "~ "+testkit.English(reply.NoSuchUser, "and/or") {
		t.Errorf("a name: %s", got)
	}
}

// A ban or a mute of somebody by name does not shorten what is on the address for another
// reason, nor does lifting it lift that.
func TestPenaltyKeepsThatOfTheAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		h.IsOperatorKey = func(key string) bool { return key == "O" }
		op := enter(t, h, at("op", "O"))
		from := func(name, key string) ClientInfo {
			return ClientInfo{RequestedName: name, Fingerprint: key, Remote: address("192.0.2.7"), Terminal: true}
		}
		bob := enter(t, h, from("bob", "B")) // who has a name of before
		time.Sleep(time.Second)
		does(t, op, "/mute 192.0.2.7 2h")
		does(t, op, "/mute bob 1h")
		refuses(t, "bob, who is muted, says something", bob.Say("hi"), reply.MutedUntil)
		bob.Leave(Quit)
		does(t, op, "/unmute bob")
		guest := enter(t, h, from("guest", ""))
		refuses(t, "a guest from there says something", guest.Say("hi"), reply.MutedUntil)
		does(t, op, "/mute guest 1h")
		time.Sleep(time.Hour + time.Minute)
		refuses(t, "the guest says something after an hour", guest.Say("hi"), reply.MutedUntil)
		time.Sleep(time.Hour)
		if err := guest.Say("hi"); err != nil {
			t.Error("after two hours:", err)
		}
		does(t, op, "/mute 192.0.2.7 2h")
		does(t, op, "/mute 192.0.2.7 1m") // said of the address itself, it counts
		time.Sleep(2 * time.Minute)
		if err := guest.Say("hi"); err != nil {
			t.Error("after the shorter time:", err)
		}
	})
}

// A muted user cannot speak through the topic of their own room, or through invitations.
func TestMutedByOtherWays(t *testing.T) {
	h := NewHub()
	h.IsOperatorKey = func(key string) bool { return key == "O" }
	op, bob := enter(t, h, at("op", "O")), enter(t, h, at("bob", "B"))
	does(t, bob, "/join shout")
	does(t, op, "/mute bob")
	read(t, op)
	for _, line := range []string{"/topic hear me", "/invite op", "/me waves", "/msg op psst", "/nick hear-me"} {
		if got := does(t, bob, line); got != "~ "+i18n.English(string(reply.MutedForGood)) {
			t.Errorf("%s: bob reads %q", line, got)
		}
	}
	expect(t, op, "")
}
