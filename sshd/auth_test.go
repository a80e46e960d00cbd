package sshd

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/keys"
)

// connectWithKey logs in by one authentication method, and returns the key by which the server
// knows the client, or "".
func (s *testServer) connectWithKey(t *testing.T, auth gossh.AuthMethod) (fingerprint ids.Fingerprint) {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	keys, why, code := run(t, s.connectOver(t, conn, "alice", auth), "key list")
	if code != exitOK {
		if !strings.Contains(why, testkit.English(reply.NeedKey)) {
			t.Errorf("key list exits with %d and says %s", code, why)
		}
		return ""
	}
	first, _, _ := strings.Cut(keys, ",")
	return ids.Fingerprint(first)
}

// Phone apps and libraries may support nothing but passwords. Any password is accepted, even an
// empty one; it identifies nobody, and is never logged.
func TestAnyPasswordLetsIn(t *testing.T) {
	h := startServer(t, nil)
	for _, password := range []string{"hunter2", "", strings.Repeat("hunter2", 1000)} {
		if got := h.connectWithKey(t, gossh.Password(password)); got != "" {
			t.Errorf("with a password of %d bytes a client is known by the key %s, want none", len(password), got)
		}
	}
	if strings.Contains(h.log.String(), "hunter2") {
		t.Error("the log has a password")
	}
}

// The key in a certificate identifies the user, whichever certificate it comes in, even a host's
// or an expired one, and by itself.
func TestCertificateCountsAsItsKey(t *testing.T) {
	h := startServer(t, nil)
	key, authority := testkit.NewSigner(t), testkit.NewSigner(t)
	want := keys.FingerprintOf(key.PublicKey())
	for name, cert := range map[string]*gossh.Certificate{
		"":            nil,
		"first":       {Serial: 1, CertType: gossh.UserCert, ValidBefore: gossh.CertTimeInfinity},
		"renewed":     {Serial: 2, CertType: gossh.UserCert, ValidBefore: gossh.CertTimeInfinity},
		"for another": {CertType: gossh.UserCert, ValidPrincipals: []string{"bob"}, ValidBefore: gossh.CertTimeInfinity},
		"over":        {CertType: gossh.UserCert, ValidBefore: 1},
		"host":        {CertType: gossh.HostCert, ValidBefore: gossh.CertTimeInfinity},
	} {
		signer := key
		if cert != nil {
			cert.Key = key.PublicKey()
			if err := cert.SignCert(rand.Reader, authority); err != nil {
				t.Fatal(err)
			}
			var err error
			if signer, err = gossh.NewCertSigner(cert, key); err != nil {
				t.Fatal(err)
			}
		}
		if got := h.connectWithKey(t, gossh.PublicKeys(signer)); got != want {
			t.Errorf("certificate %q: known by %q, want %q", name, got, want)
		}
	}
}

// Security keys that sign without being touched are accepted: holding the key is what counts.
func TestSecurityKeyWithoutTouch(t *testing.T) {
	h := startServer(t, nil)
	for _, key := range []*securityKey{newEd25519SK(t), newECDSASK(t)} {
		want := keys.FingerprintOf(key.PublicKey())
		for _, flags := range []byte{userPresent, 0} {
			key.flags = flags
			if got := h.connectWithKey(t, gossh.PublicKeys(key)); got != want {
				t.Errorf("%s with flags %d: known by %q, want %q", key.PublicKey().Type(), flags, got, want)
			}
		}
	}
}

// A securityKey is a security key in software: it signs as OpenSSH's PROTOCOL.u2f describes,
// touched or not.
type securityKey struct {
	public gossh.PublicKey
	sign   func(message []byte) (blob []byte)
	flags  byte
}

// userPresent is the flag of a signature for which the key was touched.
const userPresent = 1

// application is what OpenSSH makes security keys for.
const application = "ssh:"

func newEd25519SK(t *testing.T) *securityKey {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &securityKey{
		public: parsePublicKey(t, gossh.Marshal(struct {
			Type        string
			Key         []byte
			Application string
		}{gossh.KeyAlgoSKED25519, public, application})),
		sign: func(message []byte) []byte { return ed25519.Sign(private, message) },
	}
}

func newECDSASK(t *testing.T) *securityKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return &securityKey{
		public: parsePublicKey(t, gossh.Marshal(struct {
			Type, Curve string
			Key         []byte
			Application string
		}{gossh.KeyAlgoSKECDSA256, "nistp256", point, application})),
		sign: func(message []byte) []byte {
			digest := sha256.Sum256(message)
			r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
			if err != nil {
				t.Error(err)
			}
			return gossh.Marshal(struct{ R, S *big.Int }{r, s})
		},
	}
}

func parsePublicKey(t *testing.T, blob []byte) gossh.PublicKey {
	t.Helper()
	key, err := gossh.ParsePublicKey(blob)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (k *securityKey) PublicKey() gossh.PublicKey { return k.public }

func (k *securityKey) Sign(_ io.Reader, data []byte) (*gossh.Signature, error) {
	rest := gossh.Marshal(struct {
		Flags   byte
		Counter uint32
	}{k.flags, 1})
	app, digest := sha256.Sum256([]byte(application)), sha256.Sum256(data)
	message := slices.Concat(app[:], rest, digest[:])
	return &gossh.Signature{Format: k.public.Type(), Blob: k.sign(message), Rest: rest}, nil
}
