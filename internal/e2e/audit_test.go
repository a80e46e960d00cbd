package e2e

import (
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// ignoredWarnings are algorithms that the ssh-audit of some distributions does not know yet: one
// that quantum computers do not break, and the sign of who is not open to Terrapin.
var ignoredWarnings = regexp.MustCompile(`\((?:kex|key)\) (?:mlkem768x25519-sha256|kex-strict-s-v00@openssh\.com) +-- \[warn\] unknown algorithm`)

// Protects everybody from algorithms that are weak: ssh-audit finds nothing to fail, nor
// to warn of.
func TestSSHAudit(t *testing.T) {
	skipRace(t)
	t.Parallel()
	requirePrograms(t, "ssh-audit")
	h := startServer(t, "--limits", "on")
	host, port, err := net.SplitHostPort(h.addrs["ssh"])
	if err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command("ssh-audit", "--no-colors", "-p", port, host).CombinedOutput() // fails for what it warns of
	report := string(out)
	if !strings.Contains(report, "(kex) curve25519-sha256 ") || !strings.Contains(report, "(key) ssh-ed25519 ") {
		t.Fatalf("ssh-audit printed no report:\n%s", report)
	}
	for line := range strings.Lines(report) {
		if (strings.Contains(line, "[warn]") || strings.Contains(line, "[fail]")) && !ignoredWarnings.MatchString(line) {
			t.Errorf("%s", strings.TrimSpace(line))
		}
	}
	if t.Failed() {
		t.Log(report)
	}
}
