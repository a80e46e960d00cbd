package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// writeKeyList writes public keys into a file like authorized_keys.
func writeKeyList(t *testing.T, list string, files ...string) {
	t.Helper()
	var lines strings.Builder
	for _, file := range files {
		line, err := os.ReadFile(file + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(line)
	}
	if err := os.WriteFile(list, []byte("# those who may\n"+lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Protects operators who use a file of operators: everybody in it is an operator, changes take
// effect a moment later, and what operators did lasts.
func TestOperatorsFile(t *testing.T) {
	t.Parallel()
	list, root, second := filepath.Join(t.TempDir(), "operators"), newKey(t), newKey(t)
	writeKeyList(t, list, root)
	h := startServer(t, "--operators", list)
	if e := h.findLog("there is no operator; connect with a key and type this line"); e != nil {
		t.Errorf("the log has a code although there is an operator: %v", e)
	}
	bob := h.enter("bob")
	for _, step := range []struct{ command, out string }{
		{"topic Lapsang or Keemun", testkit.English(reply.Done) + "\n"},
		{"slow 3", testkit.English(reply.Done) + "\n"},
		{"slow off", testkit.English(reply.Done) + "\n"},
		{"mute bob 1h too loud", "Muted"},
		{"bans", "too loud"},
		{"unmute bob", testkit.English(reply.MutedNoMore, "bob")},
		{"kick bob go and sleep", "bob"},
	} {
		if r := h.exec("root", root, step.command); r.code != 0 || !strings.Contains(r.out, step.out) {
			t.Errorf("%s: %+v, want %q", step.command, r, step.out)
		}
	}
	bob.expect("Lapsang or Keemun", "Slow mode", testkit.EnglishPart(reply.MutedUntil, 0), "too loud", "go and sleep", "[exit ")
	h.enter("bob").expect("Lapsang or Keemun")

	h.exec("second", second, "kick bob").check(t, 1, "", testkit.English(reply.OperatorsOnly))
	writeKeyList(t, list, second)
	eventually(t, "an operator newly in the file may kick", func() bool { return h.exec("second", second, "kick bob").code == 0 })
	h.exec("root", root, "audit").check(t, 1, "", testkit.English(reply.OperatorsOnly))

	h = h.restart("--operators", list)
	r := h.exec("second", second, "audit")
	for _, act := range []string{"root: topic Lapsang or Keemun\n", "root: mute bob (", "root: kick bob go and sleep\n", "second: kick bob\n"} {
		if !strings.Contains(r.out, act) {
			t.Errorf("audit lacks %q:\n%s", act, r.out)
		}
	}
}

// Protects an invite-only server: people in the file or with an operator's code get in, and others
// are told what to do.
func TestInviteOnly(t *testing.T) {
	t.Parallel()
	dir, root, friend, guest := t.TempDir(), newKey(t), newKey(t), newKey(t)
	operators, allowed := filepath.Join(dir, "operators"), filepath.Join(dir, "allowed")
	writeKeyList(t, operators, root)
	writeKeyList(t, allowed, friend)
	h := startServer(t, "--operators", operators, "--invite-only", "--allow", allowed)
	h.exec("friend", friend, "who").check(t, 0, "", "")
	const closed = "by invitation"
	h.exec("guest", guest, "who").check(t, 1, "", closed)
	openScreen(t, h.sshAs("guest", withKey(guest)...)...).expect(closed, "[exit 1]")
	runClient(t, withCommand(h.ssh("nobody"), "who")).check(t, 1, "", closed)
	h.ncTo("classic").hasExited()

	r := h.exec("root", root, "invite")
	_, code, _ := strings.Cut(r.out, "HOST enter ")
	code, _, _ = strings.Cut(code, " ")
	h.exec("guest", guest, "enter AAAA-AAAA-AAAA-AAAA").check(t, 1, "", testkit.English(reply.WrongCode))
	runClient(t, withCommand(h.ssh("nobody"), "enter "+code)).check(t, 1, "", "key")
	if r := h.exec("guest", guest, "enter "+code); r.code != 0 {
		t.Errorf("entering with the code answers %+v", r)
	}
	h.exec("other", newKey(t), "enter "+code).check(t, 1, "", testkit.English(reply.WrongCode))
	h = h.restart("--operators", operators, "--invite-only", "--allow", allowed)
	h.enterAs("guest", guest)
}

// Protects a server under attack: in lockdown only known people get in, and users online stay.
func TestLockdown(t *testing.T) {
	t.Parallel()
	operators, root, old := filepath.Join(t.TempDir(), "operators"), newKey(t), newKey(t)
	writeKeyList(t, operators, root)
	h := startServer(t, "--operators", operators)
	h.enterAs("old", old).enterLine("/quit")
	bob := h.enter("bob")
	h.exec("root", root, "lockdown on").check(t, 0, testkit.English(reply.Done)+"\n", "")
	bob.expect(testkit.English(reply.LockdownOn))
	h.exec("new", newKey(t), "who").check(t, 1, "", testkit.EnglishPart(reply.LockedDown, 0))
	runClient(t, withCommand(h.ssh("nobody"), "who")).check(t, 1, "", testkit.EnglishPart(reply.LockedDown, 0))
	h.enterAs("old", old).enterLine("I was here before")
	bob.expect("old✓: I was here before")
	h.exec("root", root, "lockdown off").check(t, 0, testkit.English(reply.Done)+"\n", "")
	h.exec("new", newKey(t), "say hello").check(t, 0, "", "")
}

// Protects readers from somebody they ignore: nothing of that user is shown, new or old, until they
// stop ignoring them.
func TestIgnore(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	id, troll := newKey(t), newKey(t)
	h.exec("troll", troll, "say early noise").check(t, 0, "", "")
	h.enterAs("troll", troll).enterLine("/quit")
	alice := h.enterAs("alice", id)
	alice.expect("troll: early noise")
	alice.enterLine("/ignore troll")
	alice.expect(testkit.EnglishStart(reply.IgnoredNow, "troll"))
	h.exec("troll", troll, "say more noise").check(t, 0, "", "")
	h.exec("troll", troll, "to alice a whisper").check(t, 1, "", testkit.English(reply.Ignored, "alice"))
	runClient(t, withCommand(h.ssh("carol"), "say", "a", "word")).check(t, 0, "", "")
	alice.expect("carol: a word")
	alice.expectNot("more noise", "a whisper")
	h.exec("alice", id, "unignore troll").check(t, 0, testkit.English(reply.IgnoredNoMore, "troll")+"\n", "")
	h.exec("troll", troll, "say sorry").check(t, 0, "", "")
	alice.expect(": sorry")
}
