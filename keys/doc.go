// Package keys looks after the two kinds of keys that the house knows: its own
// host keys, and the public keys that say who somebody is.
//
// Host keys are made at the first run and kept, readable for their owner only:
// a host key that changes makes every client warn of an attack.
//
// A public key identifies somebody only when it was proven. During SSH
// authentication a client may offer keys that it cannot sign with, and then get
// in another way (CVE-2024-45337). So an identity is taken from the key that
// the finished session carries, never from what a callback saw; see [FingerprintOf].
//
// A [List] is the public keys in a file: who may enter, or who the operators
// are. The file is read again when it changes, by a goroutine on which the caller runs
// [List.Watch]; with a mistake in it, the keys of before stay in force, so that a slip of
// the pen locks nobody out.
//
// The package speaks the types of github.com/gliderlabs/ssh. Any SSH library
// whose keys embed golang.org/x/crypto/ssh's satisfies them.
package keys
