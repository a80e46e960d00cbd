package command_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// ownedThings describes everything in a hub that cannot be restored: the owners of names and keys,
// the rooms, and the history.
func ownedThings(h *room.Hub) string {
	said := roomtest.Recalled(h)
	st := h.Lock()
	defer st.Unlock()
	var all []string
	for o := range st.Names.All() {
		all = append(all, fmt.Sprint(o.Name, " is ", o.Person, "'s"))
	}
	for _, person := range []ids.Account{"root", "A", "B"} {
		all = append(all, fmt.Sprint(person, " has ", st.Keys.Of(person)))
	}
	for name, r := range st.Rooms.ByID {
		all = append(all, fmt.Sprintf("#%s, private: %t", name, r.Private))
	}
	slices.Sort(all)
	return strings.Join(append(all, strings.ReplaceAll(said, "; ", "\n")), "\n")
}

// finalLines has a line for each command that cannot be undone.
func finalLines() map[string][]string {
	return map[string][]string{
		"name":   {"name release root2"},
		"key":    {"key remove B"},
		"forget": {"forget me", "forget alice", `forget "tea pot"`},
		"close":  {"close #den", `close "#tea den"`},
		"room":   {"room public"},
		"free":   {"free alice", "free tea pot", `free "tea pot"`},
	}
}

// usedHub returns a hub where people have names, keys, rooms and lines, and an operator at a
// terminal who has all of these.
func usedHub(t *testing.T) (*room.Hub, *command.Runner) {
	h := room.New(room.Config{
		HistoryLimits: room.HistoryLimits{Lines: 99},
		Messages:      roomtest.NewFakeMessageStore(),
		IsOperatorKey: roomtest.IsRoot,
	})
	root := roomtest.Enter(t, h, roomtest.At("root", "root"))
	roomtest.Link(t, root, "B")
	root = roomtest.Enter(t, h, roomtest.At("root", "root"))
	alice, pot := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("tea pot", "P"))
	for s, lines := range map[*command.Runner][]string{
		root:  {"/nick root2", "/nick root", "/join #den", "/join #tea den", "/room private", "/join #lobby", "hello", "/join #tea den"},
		alice: {"hi"},
		pot:   {"good tea"},
	} {
		for _, line := range lines {
			s.HandleLine(line, command.SlashSyntax)
		}
	}
	return h, root
}

// Nothing irreversible happens by one line, typed or by ssh: a command first says what it would do,
// with the line that does it. Other commands change none of this, whatever their arguments.
func TestIrreversibleCommandsAskFirst(t *testing.T) {
	does := func(t *testing.T, h *room.Hub, root *command.Runner, line string, byExec bool) string {
		if !byExec {
			return roomtest.Does(t, root, "/"+line)
		}
		e, err := roomtest.Command(t, h, "root", strings.Fields(strings.ReplaceAll(line, `"`, ""))...)
		switch {
		case err != nil:
			return err.Error()
		case e == nil:
			return ""
		}
		return roomtest.Describe(e)
	}
	doesIt := regexp.MustCompile(` /([^/]* yes)$`) // whatever the answer says first
	for _, c := range command.All() {
		lines := finalLines()[c.Names[0]]
		if c.Asks() != (lines != nil) {
			t.Errorf("%s: it has no example, or does not ask first", c.Names[0])
		}
		for _, byExec := range []bool{false, true} {
			if byExec && c.Syntaxes&command.ExecSyntax == 0 {
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				for _, line := range lines {
					h, root := usedHub(t)
					before := ownedThings(h)
					asked := does(t, h, root, line, byExec)
					found := doesIt.FindStringSubmatch(asked)
					if found == nil || ownedThings(h) != before {
						t.Errorf("%s, by ssh %t: %s, and what is left is\n%s", line, byExec, asked, ownedThings(h))
						continue
					}
					if told := does(t, h, root, found[1], byExec); ownedThings(h) == before {
						t.Errorf("%s, by ssh %t: %s", found[1], byExec, told)
					}
				}
				if c.Asks() || c.Names[0] == "quit" {
					return
				}
				h, root := usedHub(t)
				before := ownedThings(h)
				for _, typed := range []string{"", "me", "alice", "root2", "#den", "B", "remove B", "release root2", "off", "me yes", "alice yes", "#den yes"} {
					_ = does(t, h, root, c.Names[0]+" "+typed, byExec)
				}
				now := ownedThings(h)
				for _, line := range strings.Split(before, "\n") {
					if !strings.Contains(now, line) {
						t.Errorf("%s, by ssh %t: lost %s", c.Names[0], byExec, line)
					}
				}
			})
		}
	}
}
