package command_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// spoken returns arguments for a command that speaks: SHOUT where others would read it, and
// something that exists where a parameter requires it.
func spoken(c *command.Command) (args []string) {
	switch c.Names[0] {
	case "msg":
		return []string{"op", "SHOUT"}
	case "invite":
		return []string{"op"}
	case "bot":
		return []string{"commands", `[{"name":"shout","help":"SHOUT"}]`}
	}
	for _, param := range c.Params {
		if strings.Contains(param, "ROOM") {
			args = append(args, "#SHOUT")
		} else {
			args = append(args, "SHOUT")
		}
	}
	return args
}

// Every command declares whether others read its arguments. Those that speak do nothing for a user
// who is muted, by an operator or for a flood, or too early in slow mode; of the others' arguments
// nobody reads a word, wherever they look.
func TestCommandsThatSpeak(t *testing.T) {
	for what, silence := range map[string]func(t *testing.T, h *room.Hub, op, bob *command.Runner){
		"muted": func(t *testing.T, _ *room.Hub, op, _ *command.Runner) { roomtest.Does(t, op, "/mute bob") },
		"muted for a flood": func(_ *testing.T, h *room.Hub, _, bob *command.Runner) {
			st := h.Lock()
			defer st.Unlock()
			st.Access.FloodMute(bob.Session)
		},
		"slow mode": func(t *testing.T, _ *room.Hub, op, bob *command.Runner) {
			roomtest.Does(t, op, "/slow 60")
			_ = bob.Say("my line")
		},
	} {
		t.Run(what, func(t *testing.T) {
			for _, c := range command.All() {
				if slices.Contains([]string{"quit", "part", "follow"}, c.Names[0]) {
					continue // after these the test would see nothing more
				}
				synctest.Test(t, func(t *testing.T) { commandSpeaks(t, c, what, silence) })
			}
		})
	}
}

func commandSpeaks(t *testing.T, c *command.Command, what string, silence func(*testing.T, *room.Hub, *command.Runner, *command.Runner)) {
	h := room.New(room.Config{IsOperatorKey: func(key ids.Fingerprint) bool { return key == "O" }})
	op := roomtest.Enter(t, h, terminal("op", "O"))
	bob := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob", Fingerprint: "B", Client: "SSH-2.0-x"})
	roomtest.Does(t, op, "/msg bob psst")
	roomtest.Does(t, bob, "/join #den")
	roomtest.Does(t, op, "/join #den")
	if c.Names[0] == "bot" {
		roomtest.Does(t, bob, "/key bot")
		roomtest.Peek(h).People.SetBotFlag(bob.Person, false) // it is shown as a person, but its commands are a bot's
	}
	silence(t, h, op, bob)
	roomtest.Read(t, op)
	if c.Names[0] == "nick" && what == "slow mode" {
		roomtest.Does(t, bob, "/nick robert") // renames have their own limit
	}
	roomtest.Read(t, op)
	switch {
	case c.Visibility == command.Visible:
		if err := tryCommand(bob, c, spoken(c)); !isSilenced(err) {
			t.Errorf("%s: %v", c.Names[0], err)
		}
	case c.Visibility == command.OperatorVisible && !c.Operator && c.Names[0] != "motd":
		t.Errorf("%s is not only for operators", c.Names[0])
	default:
		for _, typed := range []string{"SHOUT", "list SHOUT", "release SHOUT", "add SHOUT", "bob SHOUT", "op SHOUT", "#SHOUT", "lang SHOUT", "zone SHOUT"} {
			_ = tryCommand(bob, c, strings.SplitN(typed, " ", max(1, len(c.Params))))
		}
	}
	time.Sleep(time.Second)
	seen := roomtest.Read(t, op)
	for _, line := range []string{"/who", "/rooms", "/topic", "/whois bob", "/help bots", "/motd", "/bans", "/audit"} {
		seen += roomtest.Does(t, op, line)
	}
	if strings.Contains(strings.ToUpper(seen), "SHOUT") {
		t.Errorf("%s, %s: others read %s", c.Names[0], what, seen)
	}
}

func terminal(name, key string) room.ClientInfo {
	return room.ClientInfo{RequestedName: name, Fingerprint: ids.Fingerprint(key), Terminal: true}
}

// tryCommand runs a command as if it was typed.
func tryCommand(s *command.Runner, c *command.Command, args []string) error {
	_, err := s.Run(c, args[:min(len(args), len(c.Params))], true)
	return err
}

// isSilenced reports whether something was refused because the user may not speak.
func isSilenced(err error) bool {
	var r *reply.Refusal
	return errors.As(err, &r) && slices.Contains([]reply.Code{reply.MutedForGood, reply.StillFloodMuted, reply.SlowMode}, r.Code)
}

// A muted user cannot speak through the name that they enter with: they get a neutral name, unless
// they use their own, or the one under which they were muted. The same goes for a flood mute, and
// for guests who keep entering with new names in slow mode.
func TestMutedComeInQuietly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, op := roomtest.HubWithOperator(t)
		bob := roomtest.Enter(t, h, roomtest.From("bob", "B", "192.0.2.1"))
		guest := roomtest.Enter(t, h, roomtest.From("gus", "", "192.0.2.2"))
		roomtest.Does(t, op, "/mute bob")
		roomtest.Does(t, op, "/mute gus")
		bob.Leave(room.Quit)
		guest.Leave(room.Quit)
		roomtest.Read(t, op)
		comes := func(ci room.ClientInfo, want string) {
			t.Helper()
			s := roomtest.Enter(t, h, ci)
			defer s.Leave(room.Quit)
			if got := s.UserInfo().Name; got != want {
				t.Errorf("%s, with the key %q, enters as %s, want %s", ci.RequestedName, ci.Fingerprint, got, want)
			}
			if told := roomtest.Read(t, s); (want != ci.RequestedName) != strings.Contains(told, "~ ") {
				t.Errorf("%s, who enters as %s, reads %s", ci.RequestedName, want, told)
			}
		}
		comes(roomtest.From("YOU-ARE-ALL-IDIOTS", "", "192.0.2.2"), "guest")
		comes(roomtest.From("YOU-ARE-ALL-IDIOTS", "NEW", "192.0.2.2"), "guest")
		comes(roomtest.From("YOU-ARE-ALL-IDIOTS", "B", "198.51.100.1"), "bob")
		comes(roomtest.From("bob", "B", "198.51.100.1"), "bob")
		comes(roomtest.From("gus", "", "192.0.2.2"), "gus")
		comes(roomtest.From("carol", "", "192.0.2.3"), "carol")
		if seen := roomtest.Read(t, op); strings.Contains(seen, "IDIOTS") {
			t.Errorf("the others read %s", seen)
		}
		roomtest.Does(t, op, "/slow 60")
		comes(roomtest.From("first", "", "192.0.2.4"), "first")
		comes(roomtest.From("second", "", "192.0.2.4"), "guest")
		comes(roomtest.From("other", "", "192.0.2.5"), "other")
		time.Sleep(time.Minute)
		comes(roomtest.From("second", "", "192.0.2.4"), "second")
	})
}
