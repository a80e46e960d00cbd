package e2e

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// lookAlikes are names that could be taken for alice's.
var lookAlikes = []string{
	"alice", "Alice", "ALICE", "AIice", "aIice", "al\u0456ce", "a1ice", "a|ice", "\u0430lice", "ａｌｉｃｅ", "ɑlice", "al\u0131ce",
	"alice ", " alice", "alice\u00a0", "alice\u200b", "al\u00adice", "alice\u0301\u200d", "alice✓", "alice ✔", "✓alice", "alice\u202e", "𝐚𝐥𝐢𝐜𝐞", "ⓐⓛⓘⓒⓔ",
	"* alice", "alice:", "[alice]", "alice.", "aliceレ", "alice-verified",
}

// Protects an owner's name from everybody else, with or without a key, at every door, whether the
// owner is online or not: nobody else gets it, or one that looks like it, and nothing in a message
// looks like the mark of verified users.
func TestLookAlikes(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	id := testkit.NewSigner(t)
	alice := h.openTerminal(t, sshOptions{name: "alice", key: id})
	alice.expect(testkit.EnglishPart("sshd-welcome-line", 0) + "alice")
	check := func(when string) {
		for i, name := range lookAlikes {
			if i%testkit.Amount(1, 5) != 0 {
				continue // one of each kind will do
			}
			for _, key := range []gossh.Signer{nil, testkit.NewSigner(t)} {
				b := h.mustConnect(t, sshOptions{name: name, key: key})
				_, stdout := b.terminal()
				seen := readAll(t, name, stdout)
				eventually(t, name+" reads the welcome", func() bool { return strings.Contains(seen.String(), testkit.EnglishPart("sshd-welcome-line", 0)) })
				eventually(t, name+" reads which name it got, and why", func() bool {
					s := seen.String()
					return strings.Contains(s, testkit.EnglishPart(reply.AssignedOwned, 1)) ||
						strings.Contains(s, testkit.EnglishPart(reply.AssignedTaken, 1)) ||
						strings.Contains(s, testkit.EnglishPart(reply.AssignedNotAllowed, 0))
				})
				b.client.Close()
			}
			bob := h.ncTo("classic")
			bob.expect("已上线")
			bob.sendLines("rename|"+name, fmt.Sprintf("rename|free %s %d", strings.Repeat("x", 1+len(when)%3), i))
			bob.expect("您已更改用户名为:free ")
			bob.expectNot("您已更改用户名为:" + name + "\n")
			bob.kill()
		}
	}
	check("there")
	// Messages of others do not have the mark.
	bob := h.nc("bob")
	bob.sendLines("alice✓ says ✓")
	alice.expect("bob: alice✔ says ✔")
	alice.send("/quit\r")
	bob.expect("[ssh]alice:已下线")
	check("away")
	again := h.openTerminal(t, sshOptions{name: "alice", key: id})
	again.expect(testkit.EnglishPart("sshd-welcome-line", 0)+"alice", testkit.EnglishPart(reply.NameTried, 0)+"alice")
}

// Protects the owner of a key from people who have only its public half: it lets nobody take over a
// session, a name, or operator rights.
func TestUnprovenKeyTakesNothingOver(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t, "--limits", "on")
	id := testkit.NewSigner(t)
	victim := h.openTerminal(t, sshOptions{name: "victim", key: id})
	victim.send(h.waitLog("there is no operator; connect with a key and type this line")["line"] + "\r")
	victim.expect(testkit.EnglishPart(reply.YouAreOperator, 0))

	// x/crypto offers a key before it signs, and tries the next method when signing fails.
	mallory := h.openTerminal(t, sshOptions{name: "victim", key: publicOnlySigner{id}})
	mallory.expect("you are called victim-2.")
	mallory.send("/op victim-2\r/kick victim\r/name release victim yes\r/nick victim\r/key list\r/lockdown on\r")
	mallory.expect("! "+testkit.English(reply.OperatorsOnly), "! "+testkit.EnglishPart(reply.NeedKey, 0), "! The name victim ")
	for _, command := range []string{"op victim-2", "kick victim", "name release victim yes", "key add", "deop victim", "invite"} {
		if out, err := mallory.exec(command); err == nil {
			t.Errorf("mallory, who proved no key, may run %s: %q", command, out)
		}
	}
	for _, e := range h.log() {
		if e["msg"] == "connected" && e["user"] == "victim-2" && e["key"] != "" {
			t.Errorf("mallory counts as the owner of key %s, but proved none", e["key"])
		}
	}
	if _, err := h.connectSSH(sshOptions{name: "victim", key: badSigner{id}}); err == nil {
		t.Error("a client with a forged signature got in")
	}
	victim.send("still here\r")
	victim.expect("victim✓: still here")
	mallory.expect("victim✓: still here")
	if strings.Contains(stripStyles(victim.raw.String()), testkit.English(reply.GoodbyeTakenOver)) {
		t.Error("the victim's terminal was taken over by somebody without the key")
	}
}

// A publicOnlySigner has the public half of a key, and cannot sign.
type publicOnlySigner struct{ gossh.Signer }

func (publicOnlySigner) Sign(io.Reader, []byte) (*gossh.Signature, error) {
	return nil, errors.New("this half does not sign")
}

// A badSigner has the public half of a key, and signs with another one.
type badSigner struct{ gossh.Signer }

func (badSigner) Sign(io.Reader, []byte) (*gossh.Signature, error) {
	return &gossh.Signature{Format: gossh.KeyAlgoED25519, Blob: make([]byte, 64)}, nil
}

// Protects names from races: several people with keys, and one without, take a name, release it,
// leave and enter, all at once, and no two have it at the same time. In the end, all agree who owns
// it.
func TestRaceForAName(t *testing.T) {
	t.Parallel()
	flags := []string{"--limits", "on", "--limit-lines", "100000", "--limit-source", "100000", "--limit-renames", "1000000"}
	h := startServer(t, flags...)
	var keyed []*sshClient
	prize := []string{"prize", "Prize", "PRIZE", "рrize"}
	rounds := testkit.Amount(200, 40)
	done := make(chan struct{})
	var racers errgroup.Group
	for i := range 4 {
		s := sshOptions{name: fmt.Sprint("racer", i)}
		if i < 3 {
			s.key = testkit.NewSigner(t)
		}
		b := h.mustConnect(t, s)
		if s.key != nil {
			keyed = append(keyed, b)
		}
		racers.Go(func() error {
			for round := range rounds {
				if err := b.changeNames(prize[(i+round)%len(prize)]); err != nil {
					return fmt.Errorf("%s, round %d: %w", s.name, round, err)
				}
			}
			return nil
		})
	}
	var watching sync.WaitGroup
	watcher := h.mustConnect(t, sshOptions{name: "watcher"})
	looks := 0
	watching.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			out, err := watcher.exec("who")
			if err != nil {
				t.Error(err)
				return
			}
			looks++
			if n := countNamed(out, prize); n > 1 {
				t.Errorf("%d people have one name at a time: %q", n, out)
				return
			}
		}
	})
	err := racers.Wait()
	close(done)
	watching.Wait()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sessions, %d runs of who", 4*rounds, looks)

	// One of them owns it, or nobody: the racers, the server, and the restarted server agree.
	owners := 0
	for _, b := range keyed {
		out, err := b.exec("name")
		if err != nil {
			t.Fatal(err)
		}
		owners += min(1, strings.Count(strings.ToLower(out), "rize"+testkit.EnglishPart(reply.OwnedLine, 1)))
	}
	before, _ := watcher.exec("whois prize")
	if owners > 1 || (owners == 1) != strings.Contains(before, testkit.EnglishPart(reply.WhoisAway, 1)) {
		t.Errorf("%d racers own the name, and whois answers %q", owners, before)
	}
	h = h.restart(flags...)
	after := runClient(t, withCommand(h.ssh("watcher"), "whois prize")).out
	if before != after {
		t.Errorf("before the restart, whois answered %q, and after it %q", before, after)
	}
}

// countNamed counts the users with one of the names in the output of who.
func countNamed(who string, names []string) (n int) {
	for line := range strings.Lines(who) {
		for _, name := range names {
			if strings.TrimSpace(line) == name {
				n++
			}
		}
	}
	return n
}

// changeNames enters at a terminal, takes a name if it can, releases it, takes it again, and
// leaves, with the name or without.
func (c *sshClient) changeNames(name string) error {
	last := "/name release " + name + " yes\r/quit"
	if rand.IntN(2) == 0 {
		last = "/quit" // and keep it
	}
	s, err := c.client.NewSession()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
		return err
	}
	out := &testkit.Recorder{}
	s.Stdout = out
	s.Stdin = strings.NewReader("/nick " + name + "\r/name release " + name + " yes\r/nick " + name + "\r" + last + "\r")
	if err := s.Shell(); err != nil {
		return err
	}
	if err := s.Wait(); err != nil {
		return fmt.Errorf("%w: %q", err, out)
	}
	return nil
}

// Protects alice from аӏісе, in which no letter is Latin. Unicode's table takes the
// second one for an i; people take it for an l, as in the аррӏе.com of 2017.
func TestLookAlikePalochka(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice := h.openTerminal(t, sshOptions{name: "alice", key: testkit.NewSigner(t)})
	b := h.nc("bob")
	b.sendLines("rename|a\u04cfice", "rename|bobby")
	alice.expect("bobby")
	b.expectNot("您已更改用户名为:a\u04cfice")
}
