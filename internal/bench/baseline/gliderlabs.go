package baseline

import (
	"net"

	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// Gliderlabs is SSH on github.com/gliderlabs/ssh. To clients it behaves like [SSH], except that
// the library does not limit the number of sessions.
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
	// Not server.Serve, which does not close connections during their handshake when it ends.
	return h.serve(l, server.HandleConn)
}

// handleRequest grants a shell and nothing else. It also starts discarding window sizes: the
// library blocks until each is received, and a handler that wants the channel reads what the
// library writes.
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
	// Session.Close can block, and does not unblock a write; closing the connection unblocks
	// everything.
	conn := s.Context().Value(ssh.ContextKeyConn).(*gossh.ServerConn)
	h.serveClient(newClient(s, func() { conn.Close() }))
}
