package room

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// ownedThings describes everything in a hub that nobody could bring back: the owners of names and
// keys, the rooms, and what was said.
func ownedThings(h *Hub) string {
	said := recalled(h)
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for o := range h.names.All() {
		all = append(all, o.Name+" is "+o.Person+"'s")
	}
	for _, person := range []string{"root", "A", "B"} {
		all = append(all, fmt.Sprint(person, " has ", h.keys.Of(person)))
	}
	for name, r := range h.rooms {
		all = append(all, fmt.Sprintf("#%s, private: %t", name, r.private))
	}
	slices.Sort(all)
	return strings.Join(append(all, strings.ReplaceAll(said, "; ", "\n")), "\n")
}

// finalLines has what is typed of each command that cannot be taken back.
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

// usedHub returns a hub in which people have names, keys, rooms and lines, and an operator, at a
// terminal, who has all of these.
func usedHub(t *testing.T) (*Hub, *Session) {
	h := remembering(64, HistoryLimits{Lines: 99})
	h.Messages, h.IsOperatorKey = newFakeMessageStore(), func(key string) bool { return key == "root" }
	root := enter(t, h, at("root", "root"))
	link(t, root, "B")
	root = enter(t, h, at("root", "root"))
	alice, pot := enter(t, h, at("alice", "A")), enter(t, h, at("tea pot", "P"))
	for s, lines := range map[*Session][]string{
		root:  {"/nick root2", "/nick root", "/join #den", "/join #tea den", "/room private", "/join #lobby", "hello", "/join #tea den"},
		alice: {"hi"},
		pot:   {"good tea"},
	} {
		for _, line := range lines {
			s.HandleLine(line, SlashSyntax)
		}
	}
	return h, root
}

// Nothing that cannot be brought back goes by one line, typed or by ssh: what a command
// would do is said first, with the line that does it. All other commands leave it alone,
// whatever follows them.
func TestIrreversibleCommandsAskFirst(t *testing.T) {
	does := func(t *testing.T, h *Hub, root *Session, line string, byExec bool) string {
		if !byExec {
			return does(t, root, "/"+line)
		}
		e, err := command(t, h, "root", strings.Fields(strings.ReplaceAll(line, `"`, ""))...)
		switch {
		case err != nil:
			return err.Error()
		case e == nil:
			return ""
		}
		return describe(e)
	}
	doesIt := regexp.MustCompile(`Nothing has changed yet\. .*, type /(.* yes)$`)
	for _, c := range commands() {
		lines := finalLines()[c.Names[0]]
		if (c.runConfirmed != nil) != (lines != nil) {
			t.Errorf("%s: there is no example of it, or it is not asked about", c.Names[0])
		}
		for _, byExec := range []bool{false, true} {
			if byExec && c.Syntaxes&ExecSyntax == 0 {
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				for _, line := range lines {
					h, root := usedHub(t)
					before := ownedThings(h)
					asked := does(t, h, root, line, byExec)
					found := doesIt.FindStringSubmatch(asked)
					if found == nil || ownedThings(h) != before {
						t.Errorf("%s, by ssh %t: %s, and there is left\n%s", line, byExec, asked, ownedThings(h))
						continue
					}
					if told := does(t, h, root, found[1], byExec); ownedThings(h) == before {
						t.Errorf("%s, by ssh %t: %s", found[1], byExec, told)
					}
				}
				if c.runConfirmed != nil || c.Names[0] == "quit" {
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
						t.Errorf("%s, by ssh %t: gone is %s", c.Names[0], byExec, line)
					}
				}
			})
		}
	}
}
