package keys

import (
	"fmt"

	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// FingerprintOf returns who somebody is: the SHA256 fingerprint of the key that
// authenticated a session, as ssh-keygen -l shows it ("SHA256:..."), or "" for
// people without one. A certificate is the key in it: whoever renews one stays the
// same person. Who signed it, for whom and until when counts for nothing, since
// what was proven is to have the private key. The key is the value of the session's
// PublicKey method, nil where none did. Never pass a key from an authentication
// callback; that one is only claimed.
func FingerprintOf(key ssh.PublicKey) string {
	if key == nil {
		return ""
	}
	return gossh.FingerprintSHA256(certifiedKey(key))
}

// certifiedKey returns the key in a certificate, or the key itself.
func certifiedKey(key gossh.PublicKey) gossh.PublicKey {
	if cert, ok := key.(*gossh.Certificate); ok {
		return cert.Key
	}
	return key
}

// CertificateFingerprint returns the SHA256 fingerprint of a whole certificate, or "" for any
// other key. Older versions of the house knew its owner by that.
func CertificateFingerprint(key ssh.PublicKey) string {
	if _, ok := key.(*gossh.Certificate); !ok {
		return ""
	}
	return gossh.FingerprintSHA256(key)
}

// parsePublicKey reads one public key in the format of authorized_keys, with its comment. Options
// before the key are not supported and an error.
func parsePublicKey(line []byte) (key ssh.PublicKey, comment string, err error) {
	key, comment, options, _, err := ssh.ParseAuthorizedKey(line)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("not a public key as in authorized_keys: %w", err)
	case len(options) > 0:
		return nil, "", fmt.Errorf("options such as %q before a key are not supported", options[0])
	}
	return key, comment, nil
}
