package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/gate"
	"teahouse/room"
)

const someKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n"

// Notes are what is logged, by any goroutine.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// A governed is a house without doors, to which its configuration can be changed.
type governed struct {
	*house
	t        *testing.T
	ctx      context.Context
	path     string
	logged   *notes
	inForce  config
	watching context.CancelFunc
}

// govern makes a house that goes by a configuration file.
func govern(t *testing.T, content string) *governed {
	t.Helper()
	g := &governed{t: t, path: write(t, "teahouse.yaml", content), logged: &notes{}}
	var err error
	if g.inForce, _, err = parse([]string{"--config", g.path}); err != nil {
		t.Fatal(err)
	}
	g.house = &house{House: room.NewHouse(), log: log.New(g.logged), gate: gate.New(gate.Limits{})}
	g.appoint()
	g.ctx, g.watching = context.WithCancel(t.Context())
	t.Cleanup(func() {
		g.watching()
		g.house.watching.Wait()
	})
	if err := g.rule(g.ctx, g.inForce); err != nil {
		t.Fatal(err)
	}
	return g
}

// reads changes the file, has it read, and returns what is logged.
func (g *governed) reads(content string) string {
	g.t.Helper()
	if err := os.WriteFile(g.path, []byte(content), 0o600); err != nil {
		g.t.Fatal(err)
	}
	before := len(g.logged.String())
	g.inForce = g.reload(g.ctx, []string{"--config", g.path}, g.inForce)
	return g.logged.String()[before:]
}

// What may change while the house is open is in force at once; what may not is told,
// again each time.
func TestReload(t *testing.T) {
	g := govern(t, "limits: off\n")
	logged := g.reads("name-age: 1h\ninvite-only: true\nlimit-lines: 3\nlimit-typed: 99\nlog-level: debug\nhistory: 7\n")
	if g.NameAge != time.Hour || !g.InviteOnly || g.House.Limits.Lines != 3 || g.typed.Load() != 99 || g.log.GetLevel() != log.DebugLevel {
		t.Errorf("in force: %+v, %d bytes typed, log level %v", g.Policy, g.typed.Load(), g.log.GetLevel())
	}
	for _, told := range []string{"flag=--name-age", "flag=--limit-lines", "flag=--limits", "at the next start only flag=--history\n", "read again"} {
		if !strings.Contains(logged, told) {
			t.Errorf("%q is not in the log: %s", told, logged)
		}
	}
	if again := g.reads("name-age: 1h\ninvite-only: true\nlimit-lines: 3\nlimit-typed: 99\nlog-level: debug\nhistory: 7\n"); strings.Contains(again, "name-age") || !strings.Contains(again, "flag=--history\n") {
		t.Errorf("the second time: %s", again)
	}
	if g.reads(""); g.InviteOnly || g.House.Limits.Lines != 2 || g.NameAge != 4320*time.Hour {
		t.Errorf("back to what holds without a word: %+v", g.Policy)
	}
}

// A mistake changes nothing at all, and the log says what to do.
func TestReloadOfAMistake(t *testing.T) {
	g := govern(t, "limit-lines: 3\n")
	for _, content := range []string{"limit-lines: 4\nhistroy: 5\n", "limit-lines: 4\nlisten: smtp://:25", "limit-lines: 4\noperators: /none/such\n", "limit-lines: 4\noperators: " + write(t, "keys", someKey) + "\nallow: " + write(t, "bad", "nonsense") + "\n"} {
		logged := g.reads(content)
		if g.House.Limits.Lines != 3 || g.operators.len() != 0 || !strings.Contains(logged, "nothing changes; correct it and send SIGHUP again") {
			t.Errorf("%q: %v lines, %s", content, g.House.Limits.Lines, logged)
		}
	}
	if g.reads("limit-lines: 4\n"); g.House.Limits.Lines != 4 {
		t.Errorf("once it is mended: %v", g.House.Limits.Lines)
	}
}

// The files of keys may be other ones, or none.
func TestReloadOfKeys(t *testing.T) {
	g := govern(t, "")
	code := g.OfferOperator()
	if code == "" {
		t.Fatal("nobody is offered to be the operator")
	}
	file := write(t, "keys", someKey)
	if g.reads("operators: " + file + "\nallow: " + file + "\n"); g.operators.len() != 1 || g.allowed.len() != 1 {
		t.Errorf("%d operators, %d allowed", g.operators.len(), g.allowed.len())
	}
	if g.reads("allow: " + file + "\n"); g.operators.len() != 0 || g.operators.stop != nil || g.allowed.len() != 1 {
		t.Errorf("%d operators, %d allowed", g.operators.len(), g.allowed.len())
	}
}

// Whenever the last operator is gone there is a fresh code in the log, and the one before
// counts no more: when the file is emptied, when the flag is taken away, and when another
// node has taken the rights from the last one.
func TestCodeWheneverThereIsNoOperator(t *testing.T) {
	g := govern(t, "")
	g.offering.Store(true)
	g.offer()
	seen := strings.Count(g.logged.String(), "/op ")
	if seen != 1 {
		t.Fatalf("at the start: %s", g.logged)
	}
	fresh := func(what string, want int) {
		t.Helper()
		if got := strings.Count(g.logged.String(), "/op ") - seen; got != want {
			t.Errorf("%s: %d codes, want %d", what, got, want)
		}
		seen += want
	}
	file := write(t, "keys", someKey)
	g.reads("operators: " + file + "\n")
	fresh("with a file", 0)
	g.reads("")
	fresh("without the file", 1)

	alice := room.Row{Table: "operators", Key: "A", Value: []byte(`{"by":"root"}`)}
	for _, row := range []room.Row{alice, {Table: "operators", Key: "A"}} {
		if _, err := g.Learn(row, func() bool { return false }); err != nil {
			t.Fatal(err)
		}
		fresh("where another node has said who is one", map[bool]int{false: 0, true: 1}[row.Value == nil])
	}

	g.reads("operators: " + file + "\n")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g.operators.again()
	eventually(t, "there is no code for an empty file", func() bool { return g.operators.len() == 0 && strings.Count(g.logged.String(), "/op ") > seen })
	fresh("with an empty file", 1)
}

// A house without an ssh door has no use for its host key, nor can anybody become its
// operator: it speaks of neither.
func TestHouseWithoutKeys(t *testing.T) {
	for scheme, keys := range map[string]bool{"ssh": true, "im": false} {
		g := govern(t, "")
		var err error
		if g.hostKey, err = hostKey(""); err != nil {
			t.Fatal(err)
		}
		if err := g.open([]address{{scheme: scheme, hostPort: "127.0.0.1:0"}}); err != nil {
			t.Fatal(err)
		}
		defer g.listeners[0].Close()
		g.offer()
		logged := g.logged.String()
		if strings.Contains(logged, "host key") != keys || strings.Contains(logged, "/op ") != keys {
			t.Errorf("%s: %s", scheme, logged)
		}
	}
}

// The names of the flags that differ are those of the command line.
func TestDiffers(t *testing.T) {
	c, _, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	if names := c.differs(c); len(names) > 0 {
		t.Errorf("a configuration differs from itself in %v", names)
	}
	other, _, err := parse([]string{"--listen=ssh://:3", "--limit-typed=5", "--invite-only", "--config=" + write(t, "f", "")})
	if err != nil {
		t.Fatal(err)
	}
	other.Config = ""
	if names := c.differs(other); !slices.Equal(names, []string{"listen", "invite-only", "limit-typed"}) {
		t.Errorf("it differs in %v", names)
	}
}
