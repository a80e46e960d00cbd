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
	"teahouse/internal/testkit/roomtest"
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
	g.app = &app{log: log.New(g.logged), connLimiter: connlimit.New(connlimit.Limits{})}
	g.makeKeyFiles()
	g.Hub = room.New(g.hubConfig(g.inForce))
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

// policy returns the policy in force.
func (rt *reloadTest) policy() room.Policy { return roomtest.Peek(rt.Hub).Policy }

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
	if g.policy().NameAge != time.Hour || !g.policy().InviteOnly || g.policy().Limits.Lines != 3 || g.typingLimit.Load() != 99 || g.log.GetLevel() != log.DebugLevel {
		t.Errorf("after a reload these are in force, and not what the file says: %+v, %d bytes a second typed, log level %v", g.policy(), g.typingLimit.Load(), g.log.GetLevel())
	}
	for _, told := range []string{"flag=--name-age", "flag=--limit-lines", "flag=--limits", "at the next start flag=--history\n", "the configuration was reloaded"} {
		if !strings.Contains(logged, told) {
			t.Errorf("the log does not say %q, but %s", told, logged)
		}
	}
	if again := g.reloadWith("name-age: 1h\ninvite-only: true\nlimit-lines: 3\nlimit-typed: 99\nlog-level: debug\nhistory: 7\n"); strings.Contains(again, "name-age") || !strings.Contains(again, "flag=--history\n") {
		t.Errorf("a second reload of the same file should log --history alone, but logs %s", again)
	}
	if g.reloadWith(""); g.policy().InviteOnly || g.policy().Limits.Lines != 2 || g.policy().NameAge != 4320*time.Hour {
		t.Errorf("with an empty file the defaults should be in force again, but these are: %+v", g.policy())
	}
}

// A mistake changes nothing at all, and the log says what to do.
func TestReloadError(t *testing.T) {
	g := newReloadTest(t, "limit-lines: 3\n")
	for _, content := range []string{"limit-lines: 4\nhistroy: 5\n", "limit-lines: 4\nlisten: smtp://:25", "limit-lines: 4\noperators: /none/such\n", "limit-lines: 4\noperators: " + writeFile(t, "keys", testKey) + "\nallow: " + writeFile(t, "bad", "nonsense") + "\n"} {
		logged := g.reloadWith(content)
		if g.policy().Limits.Lines != 3 || g.operators.len() != 0 || !strings.Contains(logged, "nothing changes; correct it and send SIGHUP again") {
			t.Errorf("after a reload of the mistaken file %q the limit is %v lines, want 3 as before, and the log says %s", content, g.policy().Limits.Lines, logged)
		}
	}
	if g.reloadWith("limit-lines: 4\n"); g.policy().Limits.Lines != 4 {
		t.Errorf("after the mistake was corrected the limit is %v lines, want 4", g.policy().Limits.Lines)
	}
}

// Key files can be replaced by others, or by none.
func TestReloadKeyFiles(t *testing.T) {
	g := newReloadTest(t, "")
	code := g.NewOperatorCode()
	if code == "" {
		t.Fatal("a server without operators offers no code for the first one")
	}
	file := writeFile(t, "keys", testKey)
	if g.reloadWith("operators: " + file + "\nallow: " + file + "\n"); g.operators.len() != 1 || g.allowed.len() != 1 {
		t.Errorf("with both files there are %d operators and %d allowed keys, want 1 and 1", g.operators.len(), g.allowed.len())
	}
	if g.reloadWith("allow: " + file + "\n"); g.operators.len() != 0 || g.operators.stop != nil || g.allowed.len() != 1 {
		t.Errorf("without --operators there are %d operators and %d allowed keys, want 0 and 1", g.operators.len(), g.allowed.len())
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
		t.Fatalf("at the start the log should have one code for an operator, but has %s", g.logged)
	}
	fresh := func(what string, want int) {
		t.Helper()
		if got := strings.Count(g.logged.String(), "/op ") - seen; got != want {
			t.Errorf("%s the log has %d new codes for an operator, want %d", what, got, want)
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
		fresh("after another node has appointed or dismissed an operator", map[bool]int{false: 0, true: 1}[row.Value == nil])
	}

	g.reloadWith("operators: " + file + "\n")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g.operators.reload()
	testkit.Eventually(t, "the log has a code after the file became empty", func() bool { return g.operators.len() == 0 && strings.Count(g.logged.String(), "/op ") > seen })
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
			t.Errorf("the log of a server with a %s door alone mentions a host key or an operator's code, or does not: %s", scheme, logged)
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
		t.Errorf("the changed flags are %v", names)
	}
}
