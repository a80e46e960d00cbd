// Package keys handles the two kinds of keys that the server knows: its own host keys, and the
// public keys that identify users. Which keys belong to one person is the business of package
// accounts; which algorithms a client may use, that of package sshd.
//
// A host key is made at the first start and kept, readable only by its owner. A changed host key
// would make every client warn of an attack.
//
// A public key identifies a user only once the client has proven that it holds the private key.
// During SSH authentication a client may offer keys that it cannot sign with and then log in
// another way (CVE-2024-45337). So the identity comes from the key of the established session,
// never from what an authentication callback saw; see [FingerprintOf].
//
// A [List] holds the public keys in a file, for instance of the operators. The file is read again
// when it changes, by [List.Watch], which the caller runs on a goroutine. If the file has a
// mistake, the previous keys stay in force, so that a typo locks nobody out.
//
// The package uses the types of github.com/gliderlabs/ssh. The keys of any SSH library that embed
// those of golang.org/x/crypto/ssh satisfy them.
package keys
