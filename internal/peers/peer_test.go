package peers_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/sanitize"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Whatever people do at two nodes, and however late each learns of it: once all news has arrived,
// both have the same users under the same names, and no name twice.
func TestNodesAgree(t *testing.T) {
	for seed := range testkit.Amount(uint64(300), 50) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			s := roomtest.NewTestCluster(t)
			names := []string{"ada", "Ada", "аda", "bob", "b0b", "mia"}
			keys := []string{"", "", "K1", "K2", "K3"}
			var here []*command.Runner
			for range 60 {
				time.Sleep(time.Duration(1+random.IntN(1000)) * time.Millisecond)
				one := s.Nodes[random.IntN(2)]
				switch random.IntN(12) {
				case 0, 1:
					here = append(here, one.Come(names[random.IntN(len(names))], ids.Fingerprint(keys[random.IntN(len(keys))])))
				case 2:
					if len(here) > 0 {
						_, _ = here[random.IntN(len(here))].Rename(names[random.IntN(len(names))])
					}
				case 3:
					if n := len(here); n > 0 {
						i := random.IntN(n)
						here[i].Leave(room.Quit)
						here = slices.Delete(here, i, i+1)
					}
				case 4:
					if s.Silent {
						s.Meet()
					} else if random.IntN(4) == 0 {
						s.Part()
					}
				case 5:
					if n := len(here); n > 0 {
						here[random.IntN(n)].HandleLine([]string{"/join tea", "/join ink", "/part", "/away", "/back"}[random.IntN(5)], command.SlashSyntax)
					}
				default:
					one.Tell(random.IntN(4))
				}
			}
			if s.Silent {
				s.Meet()
			}
			s.Settle()
			if a, b := s.Nodes[0].WhoIsThere(), s.Nodes[1].WhoIsThere(); a != b {
				t.Fatalf("seed %d: one hub has\n%s\nthe other\n%s", seed, a, b)
			}
			for _, one := range s.Nodes {
				for _, u := range roomtest.Peek(one.Hub).Online.ByName {
					if u.RemoteName != "" {
						t.Errorf("seed %d: %s is called %s at home", seed, u.Info().Name, u.RemoteName)
					}
				}
			}
		})
		if t.Failed() {
			return
		}
	}
}

// If one node asks for all sessions, those that start and end meanwhile are also reported to the
// nodes that did not ask.
func TestAllSessionsKeepsChanges(t *testing.T) {
	h := room.New(room.Config{})
	relay := peers.NewFeed(h, "here")
	enter := func(name string) *command.Runner {
		s, err := roomtest.EnterHub(h, room.ClientInfo{RequestedName: name, Door: "ssh"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	told := func() (told []string) {
		for _, ps := range relay.ChangedSessions() {
			told = append(told, strings.TrimSpace(ps.User.Name+" "+string(ps.LeftReason)))
		}
		slices.Sort(told)
		return told
	}
	ada := enter("ada")
	if got := told(); !slices.Equal(got, []string{"ada"}) {
		t.Errorf("the others are told of %q", got)
	}
	ada.Leave(room.Quit)
	bob := enter("bob")
	relay.AllSessions() // for the one who asks
	if got := told(); !slices.Equal(got, []string{"ada quit", "bob"}) {
		t.Errorf("the others are told of %q", got)
	}
	relay.AllSessions()
	bob.Leave(room.Quit)
	if got := told(); !slices.Equal(got, []string{"bob quit"}) || relay.CountSessions() > 0 {
		t.Errorf("the others are told of %q", got)
	}
}

// A node does not keep peers that are gone for good.
func TestRemovedPeer(t *testing.T) {
	all := peers.NewSet(room.New(room.Config{}))
	one, two := all.Add("one", roomtest.NoRemote{}), all.Add("two", roomtest.NoRemote{})
	one.Remove()
	if left := all.Peers(); len(left) != 1 || left[0] != two {
		t.Errorf("it has %d", len(left))
	}
}

// Nobody is idle for less than nothing, however far ahead the clock is where somebody came in.
func TestIdleWithPeerClockAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		me := roomtest.Enter(t, h, roomtest.At("me", "M"))
		roomtest.Read(t, me)
		peers.NewSet(h).Add("one", roomtest.NoRemote{}).UpdateSessions([]peers.Session{{
			ID: 7, User: room.UserInfo{SessionID: 7, Name: "ada", Person: "A"}, Door: "ssh", Client: "SSH-2.0-x", Terminal: true,
			Since: time.Now().Add(sanitize.MaxClockAhead), NamedAt: time.Now(),
		}})
		if got := roomtest.Does(t, me, "/whois ada"); !strings.Contains(got, "idle for 0s") {
			t.Errorf("it is shown as %q", got)
		}
	})
}
