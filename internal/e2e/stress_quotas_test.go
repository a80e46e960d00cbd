package e2e

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

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// dirSize returns the total size of the files in a directory.
func dirSize(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // it has been removed meanwhile
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

// Protects bans from users who fill the store with records of many keys: a user who is banned
// meanwhile is still banned after a kill -9.
func TestStressRecords(t *testing.T) {
	soakStress(t, "TestStressConnections attacks in brief")
	s := startStress(t)
	if os.Getenv(stressEnv) != "" {
		s.bystander.memoryLimit = maxMemoryWithKeys // after ten minutes of this
	}
	op, id := s.makeOperator(t, "op"), testkit.NewSigner(t)
	s.registerUser("mallory", id)
	var keys atomic.Int64
	for worker := range 8 {
		i := worker
		s.attackUntilEnd(func() error {
			client := s.connectAttacker(sshOptions{name: fmt.Sprint("key", i), key: testkit.NewSigner(t), sourceAddr: manyAddr(i % 1000)})
			i += 8
			if client == nil {
				return nil
			}
			defer client.Close()
			stdin, _, err := s.terminal(client, 80, nil)
			if err != nil {
				return nil
			}
			_, _ = io.WriteString(stdin, strings.Repeat("<", 4000)) // JSON takes six bytes for each
			_ = execCommand(client, "set lang zh", nil)             // one more record
			keys.Add(1)
			return nil
		})
	}
	s.finish()
	op.send("/ban mallory\r")
	op.expect(testkit.English(reply.BannedNow, "mallory"))
	s.kill9AndRestart(t)
	t.Logf("%d keys; %d MB on disk", keys.Load(), dirSize(s.data)>>20)
	if out, err := s.mustConnect(t, sshOptions{name: "mallory", key: id, sourceAddr: "192.0.2.9"}).exec("who"); err == nil || !strings.Contains(err.Error(), testkit.English(reply.BannedForGood)) {
		t.Errorf("a banned user reads %q, %v", out, err)
	}
}

// kill9AndRestart kills the server with -9 and restarts it with the same data.
func (s *stressTest) kill9AndRestart(t *testing.T) {
	t.Helper()
	s.kill9()
	s.chatServer = startServerIn(t, s.data, "--limits", "on", "--proxy-protocol", balancerAddr+"/32")
}

// Protects private messages to offline users from senders who fill up the storage, guests as well
// as people with a key.
func TestStressPrivateMessages(t *testing.T) {
	s := startStress(t)
	s.registerUser("bob", testkit.NewSigner(t))
	before := dirSize(s.data)
	var sent, refused atomic.Int64
	for i := range 6 {
		who := sshOptions{name: fmt.Sprint("guest", i)}
		if i%2 == 1 {
			who = sshOptions{name: fmt.Sprint("key", i), key: testkit.NewSigner(t)}
		}
		client := s.connectAttacker(who)
		for range 8 {
			s.attackUntilEnd(func() error {
				err := execCommand(client, "to bob "+strings.Repeat("x", 3900), nil)
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
	s.finish()
	t.Logf("%d private messages, %d refused; the store grew by %d KB", sent.Load(), refused.Load(), (dirSize(s.data)-before)>>10)
	if _, err := s.mustConnect(t, sshOptions{name: "alice", key: testkit.NewSigner(t), sourceAddr: "192.0.2.3"}).exec("to bob see you at five"); err != nil {
		t.Errorf("a friend's private message: %v", err)
	}
}

// Protects connections from one household with 256 networks: others still get in.
func TestStressConnections(t *testing.T) {
	s := startStress(t, "--metrics", ":0")
	var taken atomic.Int64
	for worker := range 8 {
		i := worker
		s.attackUntilEnd(func() error {
			i += 8
			if s.connectAttacker(sshOptions{name: "x", sourceAddr: householdAddr(i)}) != nil {
				taken.Add(1)
			}
			return nil
		})
	}
	s.wg.Wait()
	held, _ := strconv.Atoi(s.metric("teahouse_connections"))
	t.Logf("it got in %d times, and %d connections are open", taken.Load(), held)
	if held > 256+1 { // and the bystander's
		t.Errorf("one network holds %d connections", held)
	}
	for _, who := range []sshOptions{{name: "alice", sourceAddr: "192.0.2.3"}, {name: "bob", sourceAddr: "2001:db8:1::1"}, {name: "carol"}} {
		if _, err := s.mustConnect(t, who).exec("who"); err != nil {
			t.Errorf("%s does not get in: %v", who.name, err)
		}
	}
	s.finish()
}

// Protects limited resources (rooms, bots, remembered places of followers) from one household with
// many keys: others still get theirs, and keep them.
func TestStressQuotas(t *testing.T) {
	soakStress(t, "TestStressConnections attacks in brief")
	s := startStress(t)
	id := testkit.NewSigner(t)
	follower := s.mustConnect(t, sshOptions{name: "follower", key: id, sourceAddr: "192.0.2.4"})
	session := follower.session()
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("follow"); err != nil {
		t.Fatal(err)
	}
	heard := readAll(t, "follower", out)
	eventually(t, "follow prints what the bystander says", func() bool { return strings.Contains(heard.String(), "neighbour: round ") })
	follower.client.Close()
	s.waitLog("follow ended", "user", "follower")

	var rooms, bots, follows atomic.Int64
	for worker := range 4 {
		i := worker
		s.attackUntilEnd(func() error {
			client := s.connectAttacker(sshOptions{name: fmt.Sprint("key", i), key: testkit.NewSigner(t), sourceAddr: householdAddr(i / 4)})
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
			if execCommand(client, "key bot", nil) == nil {
				bots.Add(1)
			}
			for room := range 4 {
				s.attackOnce(func() {
					_ = execCommand(client, fmt.Sprintf("--room r%d-%d follow", room, room), strings.NewReader("x\n"))
					follows.Add(1)
				})
			}
			return nil
		})
	}
	s.finish()
	stats, _ := s.mustConnect(t, sshOptions{name: "alice", sourceAddr: "192.0.2.3"}).exec("rooms")
	t.Logf("%d rooms requested, %d created; %d bots, %d follows", rooms.Load(), strings.Count(stats, "\n")-1, bots.Load(), follows.Load())

	founder := s.openTerminal(t, sshOptions{name: "founder", key: testkit.NewSigner(t), sourceAddr: "192.0.2.5"})
	founder.send("/join #mine\r")
	founder.expect("* #mine, 1 here")
	if out, err := s.mustConnect(t, sshOptions{name: "robot", key: testkit.NewSigner(t), sourceAddr: "192.0.2.6"}).exec("key bot"); err != nil {
		t.Errorf("key bot answers %q, %v", out, err)
	}
	again := s.mustConnect(t, sshOptions{name: "follower", key: id, sourceAddr: "192.0.2.4"}).session()
	again.Stdin = strings.NewReader("x\n")
	missed, err := again.Output("follow --since last")
	if last := fmt.Sprintf("neighbour: round %d\n", s.bystander.trips.Load()-1); err != nil || !strings.Contains(string(missed), last) {
		t.Errorf("a follower who comes back reads %q, %v", missed, err)
	}
}

// attackOnce runs an attack once.
func (s *stressTest) attackOnce(attack func()) { s.wg.Go(attack) }

// Protects the audit log from owners of rooms, whose acts are logged, too: what operators did stays
// in it.
func TestStressAuditLog(t *testing.T) {
	soakStress(t, "TestStressConnections attacks in brief")
	s := startStress(t)
	op := s.makeOperator(t, "op")
	op.send("/ban 203.0.113.66 1h for the record\r")
	op.expect("Banned: 203.0.113.66")
	var topics atomic.Int64
	for i := range 4 {
		client := s.connectAttacker(sshOptions{name: fmt.Sprint("owner", i), key: testkit.NewSigner(t)})
		stdin, _, err := s.terminal(client, 80, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(stdin, "/join #r%d\r", i); err != nil {
			t.Fatal(err)
		}
		s.attackUntilEnd(func() error {
			_, err := fmt.Fprintf(stdin, "/topic %d\r", topics.Add(1))
			return err
		})
	}
	s.finish()
	t.Logf("%d topics", topics.Load())
	if out, err := op.exec("audit"); err != nil || !strings.Contains(out, "for the record") {
		t.Errorf("audit answers %q, %v", out, err)
	}
}
