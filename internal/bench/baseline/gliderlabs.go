package baseline

import (
	"net"

	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// Gliderlabs is SSH on github.com/gliderlabs/ssh: to the clients it is the same
// but for the number of sessions, which that library leaves to them.
func Gliderlabs(l net.Listener, o Options) error {
	key, err := hostKey()
	if err != nil {
		l.Close()
		return err
	}
	h := &hub{format: sshFormat(o)}
	server := &ssh.Server{
		Handler:                    h.handleSession,
		PtyCallback:                func(ssh.Context, ssh.Pty) bool { return true },
		PublicKeyHandler:           func(ssh.Context, ssh.PublicKey) bool { return true },
		KeyboardInteractiveHandler: func(ssh.Context, gossh.KeyboardInteractiveChallenge) bool { return true },
		SessionRequestCallback:     h.handleRequest,
		ChannelHandlers:            map[string]ssh.ChannelHandler{"session": ssh.DefaultSessionHandler},
	}
	server.AddHostKey(key)
	// Not server.Serve, which does not close a connection in its handshake
	// when it ends.
	return h.serve(l, server.HandleConn)
}

// handleRequest grants a shell and nothing else. It is also where the sizes of the
// window begin to be thrown away: the library waits until somebody takes each,
// and a handler that asks for the channel reads what the library writes.
func (h *hub) handleRequest(s ssh.Session, kind string) bool {
	if kind != "shell" || !h.startTask() {
		return false
	}
	_, sizes, pty := s.Pty()
	go func() {
		defer h.running.Done()
		for pty {
			_, pty = <-sizes
		}
	}()
	return true
}

// handleSession is a session's handler.
func (h *hub) handleSession(s ssh.Session) {
	if !h.startTask() {
		return
	}
	defer h.running.Done()
	// Session.Close can block and leaves a write stuck; closing the
	// connection frees everything.
	conn := s.Context().Value(ssh.ContextKeyConn).(*gossh.ServerConn)
	h.serveClient(newClient(s, func() { conn.Close() }))
}
