package sshd

import (
	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// maxAuthTries is how many keys somebody may offer, and get wrong, before the
// way in without a key is tried. An agent may hold many.
const maxAuthTries = 20

// maxUserNameBytes is how many bytes of a user's name are put up with; who has more does
// not get in. Names that people may have are shorter still.
const maxUserNameBytes = 1024

// noTouchRequired is the permission by which a security key may sign without being touched.
const noTouchRequired = "no-touch-required"

// auth is the ssh.Option that lets everybody in, in the order in which OpenSSH tries:
// with any key that one proves to have; without one by keyboard-interactive, with no
// question; and by any password, for clients that know nothing else. OpenSSH never gets
// as far as to ask for that one.
//
// These callbacks see what clients claim and must have no effect: a client may offer a
// key that it has not, and get in without. Who somebody is comes from the finished
// session.
func (s *Server) auth(srv *ssh.Server) error {
	srv.PublicKeyHandler = func(ctx ssh.Context, _ ssh.PublicKey) bool {
		// What counts is to have the key, not that a finger was on it: without this the
		// library would end the connection of somebody who made one that needs no touch.
		ctx.Permissions().Extensions = map[string]string{noTouchRequired: ""}
		return userNameFits(ctx)
	}
	srv.KeyboardInteractiveHandler = func(ctx ssh.Context, _ gossh.KeyboardInteractiveChallenge) bool { return userNameFits(ctx) }
	srv.PasswordHandler = func(ctx ssh.Context, _ string) bool { return userNameFits(ctx) }
	return nil
}

// userNameFits reports whether a client's user name is short enough.
func userNameFits(ctx ssh.Context) bool { return len(ctx.User()) <= maxUserNameBytes }
