package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"teahouse/internal/testkit"
)

// Protects the promise that a stock client gets in without a prompt, and is known by its key if it
// has one, even one in a certificate. If ssh asked anything, it would leave a file.
func TestNoPrompts(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	asked := filepath.Join(t.TempDir(), "asked")
	askpass := filepath.Join(t.TempDir(), "askpass")
	if err := os.WriteFile(askpass, fmt.Appendf(nil, "#!/bin/sh\ntouch '%s'\n", asked), 0o700); err != nil {
		t.Fatal(err)
	}
	file := newKey(t)
	keys := []string{newKey(t), newKey(t), newKey(t), newKey(t), newKey(t), newKey(t)}
	agent := newAgent(t, keys...)
	certified := newKey(t)
	signCert(t, newKey(t), certified+".pub")

	for _, who := range []struct {
		name, key string
		options   []string
	}{
		{"nokey", "", []string{"-o", "IdentityFile=none", "-o", "IdentityAgent=none"}},
		{"onekey", fingerprint(t, file+".pub"), withKey(file)},
		{"sixkeys", fingerprint(t, keys[0]+".pub"), []string{"-o", "IdentityFile=none", "-o", "IdentityAgent=" + agent}},
		{"certified", fingerprint(t, certified+".pub"), withKey(certified)},
	} {
		prefix := []string{"env", "SSH_ASKPASS=" + askpass, "SSH_ASKPASS_REQUIRE=force"}
		r := runClient(t, append(prefix, h.sshAs(who.name, append(who.options, "-T", "-o", "BatchMode=no")...)...))
		r.check(t, 0, "* "+who.name+" joined\n", "")
		if e := h.waitLog("connected", "user", who.name); e["key"] != who.key {
			t.Errorf("%s is logged with the key %q, want %q", who.name, e["key"], who.key)
		}
	}
	if exists(asked) {
		t.Error("ssh asked somebody for a password")
	}
}

// Protects users who compare fingerprints: the log shows the host key that the client has stored.
func TestHostKeyInLog(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	runClient(t, withCommand(h.ssh("alice"), "help"))
	if known := fingerprint(t, h.knownHosts); known != h.fingerprint {
		t.Errorf("ssh stored the host key %s, and the log says %s", known, h.fingerprint)
	}
}

// Protects identities from CVE-2024-45337: a client that offers the public half of somebody's key
// and cannot sign with it gets in without a key, never as the key's owner.
func TestUnprovenKeyIsNoIdentity(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	file := newKey(t)
	public, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	stolen := filepath.Join(t.TempDir(), "stolen.pub") // where no private half is next to it
	if err := os.WriteFile(stolen, public, 0o600); err != nil {
		t.Fatal(err)
	}

	r := runClient(t, h.sshAs("mallory", append(withKey(stolen), "-T", "-v")...))
	r.check(t, 0, "* mallory joined\n", "Server accepts key: "+stolen)
	if e := h.waitLog("connected", "user", "mallory"); e["key"] != "" {
		t.Errorf("mallory is logged with the key %s, which she did not prove", e["key"])
	}
	// Nor does a password help.
	askpass := filepath.Join(t.TempDir(), "askpass")
	if err := os.WriteFile(askpass, []byte("#!/bin/sh\necho hunter2\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	argv := append([]string{"env", "SSH_ASKPASS=" + askpass, "SSH_ASKPASS_REQUIRE=force"},
		h.sshAs("mallory", append(withKey(stolen), "-v", "-o", "KbdInteractiveAuthentication=no")...)...)
	runClient(t, withCommand(argv, "key list")).check(t, 1, "", `Authenticated to 127.0.0.1 ([127.0.0.1]:`+h.port("ssh")+`) using "password"`)

	runClient(t, h.sshAs("victim", append(withKey(file), "-T")...)).check(t, 0, "* victim joined\n", "")
	h.waitLog("connected", "user", "victim", "key", fingerprint(t, file+".pub"))

	// Only the owner can run commands as the owner, too.
	victim := openScreen(t, h.sshAs("victim", withKey(file)...)...)
	victim.expect(testkit.EnglishPart("sshd-welcome-line", 0) + "victim")
	runClient(t, withCommand(h.sshAs("victim", withKey(file)...), "say it is me")).check(t, 0, "", "")
	runClient(t, withCommand(h.sshAs("victim", withKey(stolen)...), "say it is not me")).check(t, 0, "", "The name victim is taken")
	victim.expect("victim✓: it is me\n", "victim-2: it is not me\n")
}
