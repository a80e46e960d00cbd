package baseline

import (
	"crypto/ed25519"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// SSH serves SSH on l, with nothing but golang.org/x/crypto/ssh, until l is closed or fails, and
// returns that error. It admits every client that has a key or supports keyboard-interactive
// authentication, which asks nothing, and gives each connection one session with a shell. Each
// call has a new host key.
func SSH(l net.Listener, o Options) error {
	key, err := hostKey()
	if err != nil {
		l.Close()
		return err
	}
	config := &ssh.ServerConfig{
		MaxAuthTries: 20, // an agent may offer many keys
		PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
			return nil, nil
		},
		KeyboardInteractiveCallback: func(ssh.ConnMetadata, ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			return nil, nil
		},
	}
	config.AddHostKey(key)
	h := &hub{format: sshFormat(o)}
	return h.serve(l, func(conn net.Conn) {
		conn.SetDeadline(time.Now().Add(handshakeTimeout))
		sshConn, channels, requests, err := ssh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		conn.SetDeadline(time.Time{})
		a := &sshHandler{hub: h, conn: sshConn, channels: channels, requests: requests}
		a.run()
	})
}

func hostKey() (ssh.Signer, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make a host key: %w", err)
	}
	return ssh.NewSignerFromKey(private)
}

// An sshHandler answers a client's requests: it grants one session with a shell, with or without
// a terminal.
type sshHandler struct {
	hub      *hub
	conn     *ssh.ServerConn
	channels <-chan ssh.NewChannel
	requests <-chan *ssh.Request // global requests

	session         ssh.Channel         // nil before there is one
	sessionRequests <-chan *ssh.Request // nil before there is a session, and after it has ended
	shellStarted    bool
}

// run answers requests until the connection has ended, and closes it with the session. It goes on
// receiving after that, because the library blocks until somebody does.
func (h *sshHandler) run() {
	defer h.conn.Close()
	for h.channels != nil || h.requests != nil || h.sessionRequests != nil {
		select {
		case c, ok := <-h.channels:
			if !ok {
				h.channels = nil
				continue
			}
			h.acceptChannel(c)
		case r, ok := <-h.requests:
			if !ok {
				h.requests = nil
				continue
			}
			refuse(r)
		case r, ok := <-h.sessionRequests:
			if !ok {
				h.sessionRequests = nil
				h.conn.Close()
				continue
			}
			h.handleRequest(r)
		}
	}
}

// acceptChannel accepts the first channel if it is a session, and no other.
func (h *sshHandler) acceptChannel(c ssh.NewChannel) {
	if h.session != nil || c.ChannelType() != "session" {
		_ = c.Reject(ssh.Prohibited, "there is one session and nothing else")
		return
	}
	session, requests, err := c.Accept()
	if err != nil {
		h.conn.Close()
		return
	}
	h.session, h.sessionRequests = session, requests
}

// handleRequest answers a request of the session. window-change wants no answer.
func (h *sshHandler) handleRequest(r *ssh.Request) {
	switch {
	case r.Type == "pty-req":
		accept(r)
	case r.Type == "shell" && !h.shellStarted:
		h.shellStarted = true
		accept(r)
		c := newClient(h.session, func() { h.conn.Close() })
		h.hub.running.Go(func() { h.hub.serveClient(c) })
	default:
		refuse(r)
	}
}

// If an answer cannot be sent, the connection has ended.
func accept(r *ssh.Request) { _ = r.Reply(true, nil) }
func refuse(r *ssh.Request) { _ = r.Reply(false, nil) }
