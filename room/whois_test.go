package room

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Everybody may know what a name is worth, the key, the door and since when; where
// somebody comes from operators alone.
func TestWhois(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := ordered(t)
		bob := enter(t, h, at("bob", "B"))
		since := Moment(time.Now()).String()
		enter(t, h, Visitor{Name: "Alice", Key: "A", Door: "ssh", Client: "OpenSSH\x1b[31m", Remote: address("::ffff:192.0.2.1"), Terminal: true})
		time.Sleep(90*time.Second + time.Millisecond)
		pipe := enter(t, h, Visitor{Key: "A", Door: "ssh", Client: "\x1b", Remote: address("2001:db8::1")})
		later := Moment(time.Now()).String()
		enter(t, h, Visitor{Name: "alice", Key: "C", Door: "ssh"})
		enter(t, h, Visitor{Name: "guest", Door: "classic", Remote: address("192.0.2.2")})
		tcp := enter(t, h, Visitor{Unnamed: true, Door: "gopl", Address: "192.0.2.3:99", Remote: address("192.0.2.3")})
		for _, test := range []struct{ name, want, from string }{
			{"ALICE", "Alice: the name belongs to this key | key A | came by ssh with OpenSSH on " + since + ", idle for 1m30s FROM | " +
				"key A | came by ssh with ? on " + later + ", idle for 0s FROM", "192.0.2.1,2001:db8::1"},
			{"alice-2", "alice-2: has a key, to which the name does not belong | key C | came by ssh with ? on " + later + ", idle for 0s", ""},
			{"guest", "guest: a guest without a key; anybody may use this name | came by classic with ? on " + later + ", idle for 0s FROM", "192.0.2.2"},
			{tcp.Who().Name, tcp.Who().Name + ": a guest without a key; anybody may use this name | came by gopl with ? on " + later + ", idle for 0s FROM", "192.0.2.3"},
		} {
			plain, shown := strings.ReplaceAll(test.want, " FROM", ""), test.want
			for addr := range strings.SplitSeq(test.from, ",") {
				shown = strings.Replace(shown, " FROM", " | from "+addr, 1)
			}
			if got := does(t, bob, "/whois "+test.name); got != "~ "+plain {
				t.Errorf("bob asks for %s:\n%s\nwant\n%s", test.name, got, plain)
			}
			if got := does(t, root, "/whois "+test.name); got != "~ "+shown {
				t.Errorf("root asks for %s:\n%s\nwant\n%s", test.name, got, shown)
			}
		}
		for _, name := range []string{"nobody", "192.0.2.3:99", "\x1b"} {
			if got := does(t, root, "/whois "+name); got != "~ There is nobody named "+Clean(name)+" here." {
				t.Errorf("/whois %q: %s", name, got)
			}
		}
		pipe.Leave(Quit)
		link(t, bob, "B2")
		bob.Leave(Quit)
		left := Moment(time.Now()).String()
		time.Sleep(time.Hour)
		if got := does(t, root, "/whois BOB"); got != "~ bob is away, and was last here on "+left+" | key B | key B2" {
			t.Errorf("bob is away: %s", got)
		}
	})
}
