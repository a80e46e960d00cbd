package keys

import (
	"fmt"

	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// Proven returns who somebody is: the SHA256 fingerprint of the key that
// authenticated a session, as ssh-keygen -l shows it ("SHA256:..."), or "" for
// people without one. The key is the value of the session's PublicKey method,
// nil where none did. Never pass a key from an authentication callback; that one
// is only claimed.
func Proven(key ssh.PublicKey) string {
	if key == nil {
		return ""
	}
	return gossh.FingerprintSHA256(key)
}

// Equal reports whether a and b are the same key. It takes as long for keys
// that differ as for keys that do not.
func Equal(a, b ssh.PublicKey) bool { return ssh.KeysEqual(a, b) }

// Parse reads one public key in the format of authorized_keys, with its
// comment. Options before the key are not supported and an error.
func Parse(line []byte) (key ssh.PublicKey, comment string, err error) {
	key, comment, err = parse(line)
	if err != nil {
		return nil, "", fmt.Errorf("keys: %w", err)
	}
	return key, comment, nil
}

// parse is Parse for callers that say themselves where the line stands.
func parse(line []byte) (key ssh.PublicKey, comment string, err error) {
	key, comment, options, _, err := ssh.ParseAuthorizedKey(line)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("not a public key as in authorized_keys: %w", err)
	case len(options) > 0:
		return nil, "", fmt.Errorf("options such as %q before a key are not supported", options[0])
	}
	return key, comment, nil
}
