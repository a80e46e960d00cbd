package main

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/connlimit"
	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/room"
)

const testKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n"

// A reloadTest is an app without listeners whose configuration can be changed.
type reloadTest struct {
	*app
	t        *testing.T
	ctx      context.Context
	path     string
	logged   *testkit.Recorder
	inForce  config
	watching context.CancelFunc
}

// newReloadTest makes an app with a configuration file.
func newReloadTest(t *testing.T, content string) *reloadTest {
	t.Helper()
	g := &reloadTest{t: t, path: writeFile(t, "teahouse.yaml", content), logged: &testkit.Recorder{}}
	var err error
	if g.inForce, _, err = parse([]string{"--config", g.path}); err != nil {
		t.Fatal(err)
	}
	g.app = &app{Hub: room.NewHub(), log: log.New(g.logged), connLimiter: connlimit.New(connlimit.Limits{})}
	g.wireOperators()
	g.ctx, g.watching = context.WithCancel(t.Context())
	t.Cleanup(func() {
		g.watching()
		g.app.background.Wait()
	})
	if err := g.loadPolicy(g.ctx, g.inForce); err != nil {
		t.Fatal(err)
	}
	return g
}

// reloadWith changes the file, reloads it, and returns what is logged.
func (rt *reloadTest) reloadWith(content string) string {
	rt.t.Helper()
	if err := os.WriteFile(rt.path, []byte(content), 0o600); err != nil {
		rt.t.Fatal(err)
	}
	before := len(rt.logged.String())
	rt.inForce = rt.reload(rt.ctx, []string{"--config", rt.path}, rt.inForce)
	return rt.logged.String()[before:]
}

// What may change in a running server takes effect at once. What may not is logged, each time.
func TestReload(t *testing.T) {
	g := newReloadTest(t, "limits: off\n")
	logged := g.reloadWith("name-age: 1h\ninvite-only: true\nlimit-lines: 3\nlimit-typed: 99\nlog-level: debug\nhistory: 7\n")
	if g.NameAge != time.Hour || !g.InviteOnly || g.Hub.Limits.Lines != 3 || g.typingLimit.Load() != 99 || g.log.GetLevel() != log.DebugLevel {
		t.Errorf("in force: %+v, %d bytes typed, log level %v", g.Policy, g.typingLimit.Load(), g.log.GetLevel())
	}
	for _, told := range []string{"flag=--name-age", "flag=--limit-lines", "flag=--limits", "at the next start flag=--history\n", "the configuration was reloaded"} {
		if !strings.Contains(logged, told) {
			t.Errorf("%q is not in the log: %s", told, logged)
		}
	}
	if again := g.reloadWith("name-age: 1h\ninvite-only: true\nlimit-lines: 3\nlimit-typed: 99\nlog-level: debug\nhistory: 7\n"); strings.Contains(again, "name-age") || !strings.Contains(again, "flag=--history\n") {
		t.Errorf("the second time: %s", again)
	}
	if g.reloadWith(""); g.InviteOnly || g.Hub.Limits.Lines != 2 || g.NameAge != 4320*time.Hour {
		t.Errorf("back to what holds without a word: %+v", g.Policy)
	}
}

// A mistake changes nothing at all, and the log says what to do.
func TestReloadError(t *testing.T) {
	g := newReloadTest(t, "limit-lines: 3\n")
	for _, content := range []string{"limit-lines: 4\nhistroy: 5\n", "limit-lines: 4\nlisten: smtp://:25", "limit-lines: 4\noperators: /none/such\n", "limit-lines: 4\noperators: " + writeFile(t, "keys", testKey) + "\nallow: " + writeFile(t, "bad", "nonsense") + "\n"} {
		logged := g.reloadWith(content)
		if g.Hub.Limits.Lines != 3 || g.operators.len() != 0 || !strings.Contains(logged, "nothing changes; correct it and send SIGHUP again") {
			t.Errorf("%q: %v lines, %s", content, g.Hub.Limits.Lines, logged)
		}
	}
	if g.reloadWith("limit-lines: 4\n"); g.Hub.Limits.Lines != 4 {
		t.Errorf("once it is mended: %v", g.Hub.Limits.Lines)
	}
}

// Key files can be replaced by others, or by none.
func TestReloadKeyFiles(t *testing.T) {
	g := newReloadTest(t, "")
	code := g.NewOperatorCode()
	if code == "" {
		t.Fatal("nobody is offered to be the operator")
	}
	file := writeFile(t, "keys", testKey)
	if g.reloadWith("operators: " + file + "\nallow: " + file + "\n"); g.operators.len() != 1 || g.allowed.len() != 1 {
		t.Errorf("%d operators, %d allowed", g.operators.len(), g.allowed.len())
	}
	if g.reloadWith("allow: " + file + "\n"); g.operators.len() != 0 || g.operators.stop != nil || g.allowed.len() != 1 {
		t.Errorf("%d operators, %d allowed", g.operators.len(), g.allowed.len())
	}
}

// Whenever the last operator is gone, the log has a new code and the one before is not valid any
// more: when the file becomes empty, when the flag is removed, and when another node has removed
// the last operator.
func TestOperatorCodeOffered(t *testing.T) {
	g := newReloadTest(t, "")
	g.acceptsKeys.Store(true)
	g.offerOperatorCode()
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
	file := writeFile(t, "keys", testKey)
	g.reloadWith("operators: " + file + "\n")
	fresh("with a file", 0)
	g.reloadWith("")
	fresh("without the file", 1)

	alice := records.Record{Table: "operators", Key: "A", Value: []byte(`{"by":"root"}`)}
	for _, row := range []records.Record{alice, {Table: "operators", Key: "A"}} {
		if _, err := g.ApplyRemote(row, math.MaxUint64); err != nil {
			t.Fatal(err)
		}
		fresh("where another node has said who is one", map[bool]int{false: 0, true: 1}[row.Value == nil])
	}

	g.reloadWith("operators: " + file + "\n")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g.operators.reload()
	testkit.Eventually(t, "there is a code for an empty file", func() bool { return g.operators.len() == 0 && strings.Count(g.logged.String(), "/op ") > seen })
	fresh("with an empty file", 1)
}

// A server without SSH needs no host key, and nobody can become its operator, so it mentions
// neither.
func TestNoSSHDoor(t *testing.T) {
	for scheme, keys := range map[string]bool{"ssh": true, "im": false} {
		g := newReloadTest(t, "")
		var err error
		if g.hostKey, err = loadHostKey(""); err != nil {
			t.Fatal(err)
		}
		if err := g.openDoors([]listenURL{{scheme: scheme, hostPort: "127.0.0.1:0"}}); err != nil {
			t.Fatal(err)
		}
		defer g.listeners[0].Close()
		g.offerOperatorCode()
		logged := g.logged.String()
		if strings.Contains(logged, "host key") != keys || strings.Contains(logged, "/op ") != keys {
			t.Errorf("%s: %s", scheme, logged)
		}
	}
}

// changedFlags returns the names of the command line.
func TestChangedFlags(t *testing.T) {
	c, _, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	if names := c.changedFlags(c); len(names) > 0 {
		t.Errorf("a configuration differs from itself in %v", names)
	}
	other, _, err := parse([]string{"--listen=ssh://:3", "--limit-typed=5", "--invite-only", "--config=" + writeFile(t, "f", "")})
	if err != nil {
		t.Fatal(err)
	}
	other.Config = ""
	if names := c.changedFlags(other); !slices.Equal(names, []string{"listen", "invite-only", "limit-typed"}) {
		t.Errorf("it differs in %v", names)
	}
}
