package room

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/reply"
)

// spoken has a line for each command that speaks, as somebody types it who may not.
func spoken() map[string][]string {
	return map[string][]string{
		"say":    {"say", "SHOUT"},
		"me":     {"me", "SHOUT"},
		"msg":    {"msg", "op", "SHOUT"},
		"reply":  {"reply", "SHOUT"},
		"nick":   {"nick", "SHOUT"},
		"away":   {"away", "SHOUT"},
		"join":   {"join", "#SHOUT"},
		"topic":  {"topic", "SHOUT"},
		"invite": {"invite", "op"},
		"bot":    {"bot", "commands", `[{"name":"shout","help":"SHOUT"}]`},
	}
}

// Every command says whether others read what is typed after it. Of those that speak, none
// does anything for somebody who is muted, hushed, or too early in slow mode; of the others
// nobody reads a word, whatever is typed, however one looks for it. A new command fails
// until it is in here.
func TestCommandsThatSpeak(t *testing.T) {
	for what, silence := range map[string]func(t *testing.T, h *Hub, op, bob *Session){
		"muted":     func(t *testing.T, _ *Hub, op, _ *Session) { does(t, op, "/mute bob") },
		"hushed":    func(_ *testing.T, h *Hub, _, bob *Session) { bob.floodMute() },
		"slow mode": func(t *testing.T, _ *Hub, op, bob *Session) { does(t, op, "/slow 60"); _ = bob.Say("my line") },
	} {
		t.Run(what, func(t *testing.T) {
			for _, c := range commands() {
				if slices.Contains([]string{"quit", "part", "follow"}, c.Names[0]) {
					continue // of what these do the test would see nothing any more
				}
				synctest.Test(t, func(t *testing.T) { commandSpeaks(t, c, what, silence) })
			}
		})
	}
}

func commandSpeaks(t *testing.T, c *Command, what string, silence func(*testing.T, *Hub, *Session, *Session)) {
	h := NewHub()
	h.IsOperatorKey = func(key string) bool { return key == "O" }
	op := enter(t, h, terminal("op", "O"))
	bob := enter(t, h, ClientInfo{RequestedName: "bob", Fingerprint: "B", Client: "SSH-2.0-x"})
	does(t, op, "/msg bob psst")
	does(t, bob, "/join #den")
	does(t, op, "/join #den")
	if c.Names[0] == "bot" {
		does(t, bob, "/key bot")
		h.setBotFlagLocked(bob.Person, false) // it is told like a person, and is a bot as to its commands
	}
	silence(t, h, op, bob)
	read(t, op)
	if c.Names[0] == "nick" && what == "slow mode" {
		does(t, bob, "/nick robert") // names have a clock of their own
	}
	read(t, op)
	switch words := spoken()[c.Names[0]]; {
	case c.Visibility == Visible && words == nil, c.Visibility != Visible && words != nil, c.Visibility == 0:
		t.Errorf("%s: what others read of it is not said, or there is no example", c.Names[0])
	case c.Visibility == Visible:
		if err := tryCommand(bob, c, words[1:]); !isSilenced(err) {
			t.Errorf("%s: %v", c.Names[0], err)
		}
	case c.Visibility == OperatorVisible && !c.Operator && c.Names[0] != "motd":
		t.Errorf("%s is not for operators alone", c.Names[0])
	default:
		for _, typed := range []string{"SHOUT", "list SHOUT", "release SHOUT", "add SHOUT", "bob SHOUT", "op SHOUT", "#SHOUT", "lang SHOUT", "zone SHOUT"} {
			_ = tryCommand(bob, c, strings.SplitN(typed, " ", max(1, len(c.Params))))
		}
	}
	time.Sleep(time.Second)
	seen := read(t, op)
	for _, line := range []string{"/who", "/rooms", "/topic", "/whois bob", "/help bots", "/motd", "/bans", "/audit"} {
		seen += does(t, op, line)
	}
	if strings.Contains(strings.ToUpper(seen), "SHOUT") {
		t.Errorf("%s, %s: others read %s", c.Names[0], what, seen)
	}
}

func terminal(name, key string) ClientInfo {
	return ClientInfo{RequestedName: name, Fingerprint: key, Terminal: true}
}

// tryCommand runs a command as if it was typed.
func tryCommand(s *Session, c *Command, args []string) error {
	_, err := s.runCommand(c, args[:min(len(args), len(c.Params))], true)
	return err
}

// isSilenced reports whether something was refused because its speaker may say nothing.
func isSilenced(err error) bool {
	var r *reply.Refusal
	return errors.As(err, &r) && slices.Contains([]reply.Code{reply.MutedForGood, reply.StillFloodMuted, reply.SlowMode}, r.Code)
}

// A muted user cannot speak through the name that they enter with: they get a name that says
// nothing, unless they use their own, or the one under which they were muted. The same goes for a
// flood mute, and for guests who come with ever new names in slow mode.
func TestMutedComeInQuietly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, op := ordered(t)
		bob := enter(t, h, from("bob", "B", "192.0.2.1"))
		guest := enter(t, h, from("gus", "", "192.0.2.2"))
		does(t, op, "/mute bob")
		does(t, op, "/mute gus")
		bob.Leave(Quit)
		guest.Leave(Quit)
		read(t, op)
		comes := func(ci ClientInfo, want string) {
			t.Helper()
			s := enter(t, h, ci)
			defer s.Leave(Quit)
			if got := s.User().Name; got != want {
				t.Errorf("%s, with the key %q, comes as %s, want %s", ci.RequestedName, ci.Fingerprint, got, want)
			}
			if told := read(t, s); (want != ci.RequestedName) != strings.Contains(told, "~ ") {
				t.Errorf("%s, who comes as %s, is told %s", ci.RequestedName, want, told)
			}
		}
		comes(from("YOU-ARE-ALL-IDIOTS", "", "192.0.2.2"), "guest")
		comes(from("YOU-ARE-ALL-IDIOTS", "NEW", "192.0.2.2"), "guest")
		comes(from("YOU-ARE-ALL-IDIOTS", "B", "198.51.100.1"), "bob")
		comes(from("bob", "B", "198.51.100.1"), "bob")
		comes(from("gus", "", "192.0.2.2"), "gus")
		comes(from("carol", "", "192.0.2.3"), "carol")
		if seen := read(t, op); strings.Contains(seen, "IDIOTS") {
			t.Errorf("the others read %s", seen)
		}
		does(t, op, "/slow 60")
		comes(from("first", "", "192.0.2.4"), "first")
		comes(from("second", "", "192.0.2.4"), "guest")
		comes(from("other", "", "192.0.2.5"), "other")
		time.Sleep(time.Minute)
		comes(from("second", "", "192.0.2.4"), "second")
	})
}
