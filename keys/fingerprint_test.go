package keys

import (
	"strings"
	"testing"

	"teahouse/internal/ids"

	charm "github.com/charmbracelet/ssh"
	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// The keys of package sshd can be passed without conversion.
var _ ssh.PublicKey = charm.PublicKey(nil)

const (
	alice = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Zn2Y0yq0qk6pZ0p1Zt6p1Jr0c2v3u4w5x6y7z8A9B alice@laptop"
	bob   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f bob"
)

// One key in a line is parsed, anything else refused.
func TestParsePublicKey(t *testing.T) {
	a, comment, err := parsePublicKey([]byte(alice))
	if err != nil || comment != "alice@laptop" {
		t.Fatalf("the comment of alice's key is %q (error %v)", comment, err)
	}
	b, _, err := parsePublicKey([]byte(bob))
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := parsePublicKey([]byte(alice))
	if FingerprintOf(a) == FingerprintOf(b) || FingerprintOf(a) != FingerprintOf(again) || !strings.HasPrefix(string(FingerprintOf(a)), "SHA256:") {
		t.Errorf("alice has the fingerprint %q, bob %q, and alice again %q", FingerprintOf(a), FingerprintOf(b), FingerprintOf(again))
	}
	if FingerprintOf(nil) != "" {
		t.Error("a user without a key has a fingerprint")
	}
	for _, line := range []string{"", "# a comment", "ssh-ed25519 AAAA", "no-pty " + alice, "nonsense"} {
		if _, _, err := parsePublicKey([]byte(line)); err == nil {
			t.Errorf("%q was parsed, want an error", line)
		}
	}
}

// Any line is parsed or refused.
func FuzzParsePublicKey(f *testing.F) {
	f.Add([]byte(alice))
	f.Add([]byte("command=\"x\" " + bob))
	f.Add([]byte("ssh-rsa AAAA"))
	f.Fuzz(func(t *testing.T, line []byte) {
		key, _, err := parsePublicKey(line)
		if (key == nil) != (err != nil) {
			t.Fatalf("%q gives the key %v and the error %v, want one of both", line, key, err)
		}
		if err == nil && !strings.HasPrefix(string(FingerprintOf(key)), "SHA256:") {
			t.Fatalf("%q has the fingerprint %q", line, FingerprintOf(key))
		}
	})
}

// fingerprintOfLine returns the fingerprint of the key in a line.
func fingerprintOfLine(t *testing.T, line string) string {
	t.Helper()
	key, _, err := parsePublicKey([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	return string(FingerprintOf(key))
}

// Renewing a certificate does not change a user's identity, which is the fingerprint that
// ssh-keygen -l prints for the key and for each certificate.
func TestFingerprintOfCertificate(t *testing.T) {
	cert, renewed, key := certificates(t)
	if fingerprintOfLine(t, cert) != fingerprintOfLine(t, key) || fingerprintOfLine(t, renewed) != fingerprintOfLine(t, key) {
		t.Errorf("the user's fingerprint is %s with a certificate, %s with the renewed one and %s with the key; want the key's", fingerprintOfLine(t, cert), fingerprintOfLine(t, renewed), fingerprintOfLine(t, key))
	}
	parse := func(line string) gossh.PublicKey {
		key, _, err := parsePublicKey([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	if got, want := CertificateFingerprint(parse(cert)), ids.Fingerprint(gossh.FingerprintSHA256(parse(cert))); got != want {
		t.Errorf("the fingerprint of the certificate is %q, want %q", got, want)
	}
	if got := CertificateFingerprint(parse(key)) + CertificateFingerprint(nil); got != "" {
		t.Errorf("a plain key has the certificate fingerprint %q", got)
	}
}
