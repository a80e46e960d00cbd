package stories

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
)

// likenesses are names that could be taken for alice's.
var likenesses = []string{
	"alice", "Alice", "ALICE", "AIice", "aIice", "al\u0456ce", "a1ice", "a|ice", "\u0430lice", "ａｌｉｃｅ", "ɑlice", "al\u0131ce",
	"alice ", " alice", "alice\u00a0", "alice\u200b", "al\u00adice", "alice\u0301\u200d", "alice✓", "alice ✔", "✓alice", "alice\u202e", "𝐚𝐥𝐢𝐜𝐞", "ⓐⓛⓘⓒⓔ",
	"* alice", "alice:", "[alice]", "alice.", "aliceレ", "alice-verified",
}

// Protects an owner's name from everybody else, with a key or without, at each
// door, in the owner's presence and absence: nobody else has it, or one that
// looks like it, and in talk nothing looks like the mark of the verified.
func TestLookAlikes(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	id := signer(t)
	alice := h.seat(t, stranger{name: "alice", key: id})
	alice.sees("Welcome to teahouse, alice")
	check := func(when string) {
		for i, name := range likenesses {
			for _, key := range []gossh.Signer{nil, signer(t)} {
				b := h.lets(t, stranger{name: name, key: key})
				_, stdout := b.terminal()
				seen := reading(t, name, stdout)
				eventually(t, name+" is welcomed", func() bool { return strings.Contains(seen.String(), "Welcome to teahouse, ") })
				eventually(t, name+" is told", func() bool {
					s := seen.String()
					return strings.Contains(s, "belongs to somebody else's key, so you are ") ||
						strings.Contains(s, " is taken, so you are ") ||
						strings.Contains(s, "cannot be used here, so you are ")
				})
				b.client.Close()
			}
			bob := h.ncAt("classic")
			bob.sees("已上线")
			bob.types("rename|"+name, fmt.Sprintf("rename|free %s %d", strings.Repeat("x", 1+len(when)%3), i))
			bob.sees("您已更改用户名为:free ")
			bob.hasNotSeen("您已更改用户名为:" + name + "\n")
			bob.kill()
		}
	}
	check("there")
	// Others' talk does not carry the mark.
	bob := h.nc("bob")
	bob.types("alice✓ says ✓")
	alice.sees("bob: alice✔ says ✔")
	alice.types("/quit\r")
	bob.sees("[ssh]alice:已下线")
	check("away")
	again := h.seat(t, stranger{name: "alice", key: id})
	again.sees("Welcome to teahouse, alice", "asked for your name alice")
}

// Protects the owner of a key from those who have but its public half: with it
// nobody takes over a session, a name, or an operator's place.
func TestOfferedKeyTakesNothing(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t, "--limits", "on")
	id := signer(t)
	victim := h.seat(t, stranger{name: "victim", key: id})
	victim.types(h.until("there is no operator; come in with a key and type the line")["line"] + "\r")
	victim.sees("You are an operator now.")

	// x/crypto offers a key before it signs, and goes on with the next way in when
	// signing fails.
	mallory := h.seat(t, stranger{name: "victim", key: halfKey{id}})
	mallory.sees("so you are victim-2 here.")
	mallory.types("/op victim-2\r/kick victim\r/name release victim yes\r/nick victim\r/key list\r/lockdown on\r")
	mallory.sees("! Only operators may do that.", "! That needs a key", "! The name victim ")
	for _, command := range []string{"op victim-2", "kick victim", "name release victim yes", "key add", "deop victim", "invite"} {
		if out, err := mallory.does(command); err == nil {
			t.Errorf("%s was done: %q", command, out)
		}
	}
	for _, e := range h.log() {
		if e["msg"] == "connected" && e["user"] == "victim-2" && e["key"] != "" {
			t.Errorf("mallory has the key %s", e["key"])
		}
	}
	if _, err := h.connect(stranger{name: "victim", key: forgedKey{id}}); err == nil {
		t.Error("a forged signature came in")
	}
	victim.types("still here\r")
	victim.sees("victim✓: still here")
	mallory.sees("victim✓: still here")
	if strings.Contains(victim.raw.String(), "another terminal") {
		t.Error("the session was taken over")
	}
}

// A halfKey is the public half of a key, of somebody who cannot sign.
type halfKey struct{ gossh.Signer }

func (halfKey) Sign(io.Reader, []byte) (*gossh.Signature, error) {
	return nil, errors.New("this half does not sign")
}

// A forgedKey is the same, of somebody who signs with something else.
type forgedKey struct{ gossh.Signer }

func (forgedKey) Sign(io.Reader, []byte) (*gossh.Signature, error) {
	return &gossh.Signature{Format: gossh.KeyAlgoED25519, Blob: make([]byte, 64)}, nil
}

// Protects names from a race: several people with keys, and one without, take a
// name, give it up, leave and come, all at once, and never are two of them
// called the same. In the end it is whose the house says it is.
func TestRaceForAName(t *testing.T) {
	t.Parallel()
	flags := []string{"--limits", "on", "--limit-lines", "100000", "--limit-source", "100000", "--limit-renames", "1000000"}
	h := start(t, flags...)
	var keyed []*bare
	prize := []string{"prize", "Prize", "PRIZE", "рrize"}
	rounds := 200
	if racing() {
		rounds = 50
	}
	done := make(chan struct{})
	var racers errgroup.Group
	for i := range 4 {
		s := stranger{name: fmt.Sprint("racer", i)}
		if i < 3 {
			s.key = signer(t)
		}
		b := h.lets(t, s)
		if s.key != nil {
			keyed = append(keyed, b)
		}
		racers.Go(func() error {
			for round := range rounds {
				if err := b.stay(prize[(i+round)%len(prize)]); err != nil {
					return fmt.Errorf("%s, round %d: %w", s.name, round, err)
				}
			}
			return nil
		})
	}
	var watching sync.WaitGroup
	watcher := h.lets(t, stranger{name: "watcher"})
	looks := 0
	watching.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			out, err := watcher.does("who")
			if err != nil {
				t.Error(err)
				return
			}
			looks++
			if n := called(out, prize); n > 1 {
				t.Errorf("%d people have the name: %q", n, out)
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
	t.Logf("%d stays, %d looks at who is here", 4*rounds, looks)

	// One of them has it, or nobody: the racers, the house, and the house when it
	// is opened again say the same.
	owners := 0
	for _, b := range keyed {
		out, err := b.does("name")
		if err != nil {
			t.Fatal(err)
		}
		owners += min(1, strings.Count(strings.ToLower(out), "rize is yours"))
	}
	before, _ := watcher.does("whois prize")
	if owners > 1 || (owners == 1) != strings.Contains(before, "is away") {
		t.Errorf("%d have the name, and the house says: %q", owners, before)
	}
	h = h.again(flags...)
	after := ask(t, with(h.ssh("watcher"), "whois prize")).out
	if before != after {
		t.Errorf("%q became %q", before, after)
	}
}

// called counts who has one of the names, in what who answers.
func called(who string, names []string) (n int) {
	for line := range strings.Lines(who) {
		for _, name := range names {
			if strings.TrimSpace(line) == name {
				n++
			}
		}
	}
	return n
}

// stay comes in at a terminal, takes a name where it can, gives it up, takes
// it again, and leaves, with the name or without.
func (b *bare) stay(name string) error {
	last := "/name release " + name + " yes\r/quit"
	if rand.IntN(2) == 0 {
		last = "/quit" // and keep it
	}
	s, err := b.client.NewSession()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
		return err
	}
	out := &transcript{}
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
	once(t)
	t.Parallel()
	h := start(t)
	alice := h.seat(t, stranger{name: "alice", key: signer(t)})
	b := h.nc("bob")
	b.types("rename|a\u04cfice", "rename|bobby")
	alice.sees("bobby")
	b.hasNotSeen("您已更改用户名为:a\u04cfice")
}
