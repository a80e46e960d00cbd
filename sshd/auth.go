package sshd

import (
	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// maxAuthTries is how many keys a client may offer in vain before it tries to log in without one.
// An agent may hold many.
const maxAuthTries = 20

// maxUserNameBytes is the longest user name with which a client may log in. Chat names are much
// shorter.
const maxUserNameBytes = 1024

// noTouchRequired is the permission that allows a security key to sign without being touched.
const noTouchRequired = "no-touch-required"

// auth is the ssh.Option that admits everybody, in the order in which OpenSSH tries: with any key
// that the client can sign with; without a key by keyboard-interactive authentication, with no
// question; and with any password, for clients that support nothing else. OpenSSH never gets as
// far as asking for one.
//
// These callbacks see what clients claim and must have no effect: a client may offer a key that
// it cannot sign with and then log in without it. The established session says who the user is.
func (s *Server) auth(srv *ssh.Server) error {
	srv.PublicKeyHandler = func(ctx ssh.Context, _ ssh.PublicKey) bool {
		// What counts is to hold the key, not to touch it: without this, the library would
		// disconnect a user whose key needs no touch.
		ctx.Permissions().Extensions = map[string]string{noTouchRequired: ""}
		return userNameFits(ctx)
	}
	srv.KeyboardInteractiveHandler = func(ctx ssh.Context, _ gossh.KeyboardInteractiveChallenge) bool { return userNameFits(ctx) }
	srv.PasswordHandler = func(ctx ssh.Context, _ string) bool { return userNameFits(ctx) }
	return nil
}

// userNameFits reports whether a client's user name is short enough.
func userNameFits(ctx ssh.Context) bool { return len(ctx.User()) <= maxUserNameBytes }
