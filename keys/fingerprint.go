package keys

import (
	"fmt"

	"teahouse/internal/ids"

	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// FingerprintOf returns a user's identity: the SHA256 fingerprint of the key that authenticated
// the session, as ssh-keygen -l prints it ("SHA256:..."), or "" for a nil key. Pass the result of
// the session's PublicKey method, never a key from an authentication callback, which the client
// only claims to have.
//
// A certificate has the fingerprint of the key in it, so renewing one does not change the
// identity. Its signer, principals and validity are ignored: what the client has proven is that
// it holds the private key.
func FingerprintOf(key ssh.PublicKey) ids.Fingerprint {
	if key == nil {
		return ""
	}
	return ids.Fingerprint(gossh.FingerprintSHA256(certifiedKey(key)))
}

// certifiedKey returns the key in a certificate, or key itself if it is not one.
func certifiedKey(key gossh.PublicKey) gossh.PublicKey {
	if cert, ok := key.(*gossh.Certificate); ok {
		return cert.Key
	}
	return key
}

// CertificateFingerprint returns the SHA256 fingerprint of a whole certificate, or "" for any
// other key. Older versions of teahouse identified users by it.
func CertificateFingerprint(key ssh.PublicKey) ids.Fingerprint {
	if _, ok := key.(*gossh.Certificate); !ok {
		return ""
	}
	return ids.Fingerprint(gossh.FingerprintSHA256(key))
}

// parsePublicKey parses one public key and its comment, in the format of authorized_keys (sshd(8)).
// Options before the key are not supported and cause an error.
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
