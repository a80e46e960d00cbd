package testkit

import (
	"crypto/ed25519"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// NewSigner returns a new key for SSH.
func NewSigner(t testing.TB) gossh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}
