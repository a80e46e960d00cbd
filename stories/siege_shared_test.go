package stories

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// size returns how many bytes the files below a directory have.
func size(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // it has gone meanwhile
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

// Protects bans from those who fill the book with what is kept of their keys: who is banned
// meanwhile is banned still when the house comes back from a kill -9.
func TestSiegeOfTheBook(t *testing.T) {
	s := besiege(t)
	if os.Getenv(siegeEnv) != "" {
		s.neighbour.most = keysMemory // after ten minutes of it
	}
	op, id := s.operator(t, "op"), signer(t)
	s.away("mallory", id)
	var keys atomic.Int64
	for worker := range 8 {
		i := worker
		s.goes(func() error {
			client := s.comes(stranger{name: fmt.Sprint("key", i), key: signer(t), addr: street(i % 1000)})
			i += 8
			if client == nil {
				return nil
			}
			defer client.Close()
			stdin, _, err := s.terminal(client, 80, nil)
			if err != nil {
				return nil
			}
			_, _ = io.WriteString(stdin, strings.Repeat("<", 4000)) // JSON makes six bytes of each
			_ = runs(client, "set lang zh", nil)                    // one thing more to keep
			keys.Add(1)
			return nil
		})
	}
	s.rests()
	op.types("/ban mallory\r")
	op.sees("Banned for good: mallory")
	s.again9(t)
	t.Logf("%d keys; %d MB are on the disk", keys.Load(), size(s.data)>>20)
	if out, err := s.lets(t, stranger{name: "mallory", key: id, addr: "192.0.2.9"}).does("who"); err == nil || !strings.Contains(err.Error(), "You are banned") {
		t.Errorf("who is banned reads %q, %v", out, err)
	}
}

// again9 kills the house with -9 and opens it once more on the same data.
func (s *siege) again9(t *testing.T) {
	t.Helper()
	s.dies()
	s.house = startIn(t, s.data, "--limits", "on", "--proxy-protocol", balancer+"/32")
}

// Protects letters from those who fill boxes: of guests, who know nobody's key, and of
// people with one.
func TestSiegeOfLetters(t *testing.T) {
	s := besiege(t)
	s.away("bob", signer(t))
	before := size(s.data)
	var sent, refused atomic.Int64
	for i := range 6 {
		who := stranger{name: fmt.Sprint("guest", i)}
		if i%2 == 1 {
			who = stranger{name: fmt.Sprint("key", i), key: signer(t)}
		}
		client := s.comes(who)
		for range 8 {
			s.goes(func() error {
				err := runs(client, "to bob "+strings.Repeat("x", 3900), nil)
				if err == nil {
					sent.Add(1)
				} else if isRefused(err) {
					refused.Add(1)
					return nil
				}
				return err
			})
		}
	}
	s.rests()
	t.Logf("%d letters, %d refused; the disk has %d KB more", sent.Load(), refused.Load(), (size(s.data)-before)>>10)
	if _, err := s.lets(t, stranger{name: "alice", key: signer(t), addr: "192.0.2.3"}).does("to bob see you at five"); err != nil {
		t.Errorf("a friend's letter: %v", err)
	}
}

// Protects places from one household, which has 256 networks: others get in.
func TestSiegeOfPlaces(t *testing.T) {
	s := besiege(t, "--metrics", ":0")
	var taken atomic.Int64
	for worker := range 8 {
		i := worker
		s.goes(func() error {
			i += 8
			if s.comes(stranger{name: "x", addr: household(i)}) != nil {
				taken.Add(1)
			}
			return nil
		})
	}
	s.attacks.Wait()
	held, _ := strconv.Atoi(s.metric("teahouse_connections"))
	t.Logf("it got in %d times, and %d connections are open", taken.Load(), held)
	if held > 256+1 { // and the neighbour's
		t.Errorf("one household has %d places", held)
	}
	for _, who := range []stranger{{name: "alice", addr: "192.0.2.3"}, {name: "bob", addr: "2001:db8:1::1"}, {name: "carol"}} {
		if _, err := s.lets(t, who).does("who"); err != nil {
			t.Errorf("%s: %v", who.name, err)
		}
	}
	s.rests()
}

// Protects what there is a bounded number of, rooms, bots, places of those who follow, from
// one household with many keys: others still get theirs, and keep it.
func TestSiegeOfQuotas(t *testing.T) {
	s := besiege(t)
	id := signer(t)
	follower := s.lets(t, stranger{name: "follower", key: id, addr: "192.0.2.4"})
	session := follower.session()
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("follow"); err != nil {
		t.Fatal(err)
	}
	heard := reading(t, "follower", out)
	eventually(t, "it follows", func() bool { return strings.Contains(heard.String(), "neighbour: round ") })
	follower.client.Close()
	s.until("follow ended", "user", "follower")

	var rooms, bots, follows atomic.Int64
	for worker := range 4 {
		i := worker
		s.goes(func() error {
			client := s.comes(stranger{name: fmt.Sprint("key", i), key: signer(t), addr: household(i / 4)})
			n := i
			i += 4
			if client == nil {
				return nil
			}
			if stdin, _, err := s.terminal(client, 80, nil); err == nil {
				for room := range 5 {
					_, _ = fmt.Fprintf(stdin, "/join #r%d-%d\r", n, room)
					rooms.Add(1)
				}
			}
			if runs(client, "key bot", nil) == nil {
				bots.Add(1)
			}
			for room := range 4 {
				s.goesOnce(func() {
					_ = runs(client, fmt.Sprintf("--room r%d-%d follow", room, room), strings.NewReader("x\n"))
					follows.Add(1)
				})
			}
			return nil
		})
	}
	s.rests()
	stats, _ := s.lets(t, stranger{name: "alice", addr: "192.0.2.3"}).does("rooms")
	t.Logf("%d rooms wanted and %d there, %d bots, %d follows", rooms.Load(), strings.Count(stats, "\n")-1, bots.Load(), follows.Load())

	founder := s.seat(t, stranger{name: "founder", key: signer(t), addr: "192.0.2.5"})
	founder.types("/join #mine\r")
	founder.sees("* #mine, 1 here")
	if out, err := s.lets(t, stranger{name: "robot", key: signer(t), addr: "192.0.2.6"}).does("key bot"); err != nil {
		t.Errorf("a bot: %q, %v", out, err)
	}
	again := s.lets(t, stranger{name: "follower", key: id, addr: "192.0.2.4"}).session()
	again.Stdin = strings.NewReader("x\n")
	missed, err := again.Output("follow --since last")
	if last := fmt.Sprintf("neighbour: round %d\n", s.neighbour.round.Load()-1); err != nil || !strings.Contains(string(missed), last) {
		t.Errorf("who follows again reads %q, %v", missed, err)
	}
}

// goesOnce has somebody attack once.
func (s *siege) goesOnce(attack func()) { s.attacks.Go(attack) }

// Protects the audit from those who keep rooms of their own, whose acts are acts of office,
// too: what operators did stays in it.
func TestSiegeOfTheAudit(t *testing.T) {
	s := besiege(t)
	op := s.operator(t, "op")
	op.types("/ban 203.0.113.66 1h for the record\r")
	op.sees("Banned: 203.0.113.66")
	var topics atomic.Int64
	for i := range 4 {
		client := s.comes(stranger{name: fmt.Sprint("owner", i), key: signer(t)})
		stdin, _, err := s.terminal(client, 80, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(stdin, "/join #r%d\r", i); err != nil {
			t.Fatal(err)
		}
		s.goes(func() error {
			_, err := fmt.Fprintf(stdin, "/topic %d\r", topics.Add(1))
			return err
		})
	}
	s.rests()
	t.Logf("%d topics", topics.Load())
	if out, err := op.does("audit"); err != nil || !strings.Contains(out, "for the record") {
		t.Errorf("the audit is %q, %v", out, err)
	}
}
