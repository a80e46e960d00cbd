package stories

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listKey writes the public halves of keys into a file like authorized_keys.
func listKey(t *testing.T, list string, files ...string) {
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

// Protects those who run a house by a file: who stands in it is an operator, who
// is put in or taken out is one, or none, a moment later; what operators did lasts.
func TestOperatorsByFile(t *testing.T) {
	t.Parallel()
	list, root, second := filepath.Join(t.TempDir(), "operators"), newKey(t), newKey(t)
	listKey(t, list, root)
	h := start(t, "--operators", list)
	if e := h.logged("there is no operator; come in with a key and type the line"); e != nil {
		t.Errorf("the log has %v", e)
	}
	bob := h.enter("bob")
	for _, step := range []struct{ command, out string }{
		{"topic Lapsang or Keemun", "Done.\n"},
		{"slow 3", "Done.\n"},
		{"slow off", "Done.\n"},
		{"mute bob 1h too loud", "Muted"},
		{"bans", "too loud"},
		{"unmute bob", "Not muted any more: bob"},
		{"kick bob go and sleep", "bob"},
	} {
		if r := h.asks("root", root, step.command); r.code != 0 || !strings.Contains(r.out, step.out) {
			t.Errorf("%s: %+v, want %q", step.command, r, step.out)
		}
	}
	bob.shows("Lapsang or Keemun", "Slow mode", "You are muted until", "too loud", "go and sleep", "[exit ")
	h.enter("bob").shows("Lapsang or Keemun")

	h.asks("second", second, "kick bob").want(t, 1, "", "Only operators may do that.")
	listKey(t, list, second)
	eventually(t, "the file is read again", func() bool { return h.asks("second", second, "kick bob").code == 0 })
	h.asks("root", root, "audit").want(t, 1, "", "Only operators may do that.")

	h = h.again("--operators", list)
	r := h.asks("second", second, "audit")
	for _, act := range []string{"root: topic Lapsang or Keemun\n", "root: mute bob (", "root: kick bob go and sleep\n", "second: kick bob\n"} {
		if !strings.Contains(r.out, act) {
			t.Errorf("the audit does not show %q:\n%s", act, r.out)
		}
	}
}

// Protects a house that is not open to everybody: those get in who stand in the
// file or bring an operator's code, and the others are told what to do.
func TestInviteOnly(t *testing.T) {
	t.Parallel()
	dir, root, friend, guest := t.TempDir(), newKey(t), newKey(t), newKey(t)
	operators, allowed := filepath.Join(dir, "operators"), filepath.Join(dir, "allowed")
	listKey(t, operators, root)
	listKey(t, allowed, friend)
	h := start(t, "--operators", operators, "--invite-only", "--allow", allowed)
	h.asks("friend", friend, "who").want(t, 0, "", "")
	const closed = "by invitation"
	h.asks("guest", guest, "who").want(t, 1, "", closed)
	open(t, h.sshAs("guest", key(guest)...)...).shows(closed, "[exit 1]")
	ask(t, with(h.ssh("nobody"), "who")).want(t, 1, "", closed)
	h.ncAt("classic").isGone()

	r := h.asks("root", root, "invite")
	_, code, _ := strings.Cut(r.out, "HOST enter ")
	code, _, _ = strings.Cut(code, " ")
	h.asks("guest", guest, "enter AAAA-AAAA-AAAA-AAAA").want(t, 1, "", "no such code")
	ask(t, with(h.ssh("nobody"), "enter "+code)).want(t, 1, "", "key")
	if r := h.asks("guest", guest, "enter "+code); r.code != 0 {
		t.Errorf("with the code: %+v", r)
	}
	h.asks("other", newKey(t), "enter "+code).want(t, 1, "", "no such code")
	h = h.again("--operators", operators, "--invite-only", "--allow", allowed)
	h.enterAs("guest", guest)
}

// Protects a house in a storm: in lockdown those get in who were here before, and
// who is here stays.
func TestLockdown(t *testing.T) {
	t.Parallel()
	operators, root, old := filepath.Join(t.TempDir(), "operators"), newKey(t), newKey(t)
	listKey(t, operators, root)
	h := start(t, "--operators", operators)
	h.enterAs("old", old).says("/quit")
	bob := h.enter("bob")
	h.asks("root", root, "lockdown on").want(t, 0, "Done.\n", "")
	bob.shows("Nobody new gets in for now.")
	h.asks("new", newKey(t), "who").want(t, 1, "", "Nobody new gets in here for now")
	ask(t, with(h.ssh("nobody"), "who")).want(t, 1, "", "Nobody new gets in here for now")
	h.enterAs("old", old).says("I was here before")
	bob.shows("old✓: I was here before")
	h.asks("root", root, "lockdown off").want(t, 0, "Done.\n", "")
	h.asks("new", newKey(t), "say hello").want(t, 0, "", "")
}

// Protects a reader from somebody: nothing of the one who is ignored is shown, now
// or from before, until it is heeded again.
func TestIgnore(t *testing.T) {
	t.Parallel()
	h := start(t)
	id, troll := newKey(t), newKey(t)
	h.asks("troll", troll, "say early noise").want(t, 0, "", "")
	h.enterAs("troll", troll).says("/quit")
	alice := h.enterAs("alice", id)
	alice.shows("troll: early noise")
	alice.says("/ignore troll")
	alice.shows("You will read nothing from troll any more.")
	h.asks("troll", troll, "say more noise").want(t, 0, "", "")
	h.asks("troll", troll, "to alice a whisper").want(t, 1, "", "alice does not want to read messages from you.")
	ask(t, with(h.ssh("carol"), "say", "a", "word")).want(t, 0, "", "")
	alice.shows("carol: a word")
	alice.hides("more noise", "a whisper")
	h.asks("alice", id, "unignore troll").want(t, 0, "You read what troll says again.\n", "")
	h.asks("troll", troll, "say sorry").want(t, 0, "", "")
	alice.shows(": sorry")
}
