package e2e

import (
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// ignoredWarnings are algorithms that the ssh-audit of some distributions does not know yet: a
// post-quantum one, and the marker of protection against Terrapin.
var ignoredWarnings = regexp.MustCompile(`\((?:kex|key)\) (?:mlkem768x25519-sha256|kex-strict-s-v00@openssh\.com) +-- \[warn\] unknown algorithm`)

// Protects everybody from weak algorithms: ssh-audit finds no failures and no warnings.
func TestSSHAudit(t *testing.T) {
	skipRace(t)
	t.Parallel()
	requirePrograms(t, "ssh-audit")
	h := startServer(t, "--limits", "on")
	host, port, err := net.SplitHostPort(h.addrs["ssh"])
	if err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command("ssh-audit", "--no-colors", "-p", port, host).CombinedOutput() // exits with an error even for warnings
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
