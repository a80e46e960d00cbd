package floor

import (
	"crypto/ed25519"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// SSH serves SSH on l, with nothing but golang.org/x/crypto/ssh, until l is
// closed or fails, and returns that error. It lets in whoever has a key or can
// do keyboard-interactive, which asks nothing, and gives each connection one
// session with a shell. Its host key is a new one each time.
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
	h := &hub{shape: sshShape(o)}
	return h.serve(l, func(conn net.Conn) {
		conn.SetDeadline(time.Now().Add(handshakeMax))
		sshConn, channels, requests, err := ssh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		conn.SetDeadline(time.Time{})
		a := &attendant{hub: h, conn: sshConn, channels: channels, global: requests}
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

// An attendant answers what a client asks for: one session, with a shell, a PTY
// or not.
type attendant struct {
	hub      *hub
	conn     *ssh.ServerConn
	channels <-chan ssh.NewChannel
	global   <-chan *ssh.Request // requests that concern no channel

	session         ssh.Channel         // nil before there is one
	sessionRequests <-chan *ssh.Request // nil before, and after it has ended
	talking         bool
}

// run answers until the connection has ended, and ends it with the session. It
// goes on taking requests after that: the library waits for somebody to do so.
func (a *attendant) run() {
	defer a.conn.Close()
	for a.channels != nil || a.global != nil || a.sessionRequests != nil {
		select {
		case c, ok := <-a.channels:
			if !ok {
				a.channels = nil
				continue
			}
			a.open(c)
		case r, ok := <-a.global:
			if !ok {
				a.global = nil
				continue
			}
			refuse(r)
		case r, ok := <-a.sessionRequests:
			if !ok {
				a.sessionRequests = nil
				a.conn.Close()
				continue
			}
			a.answer(r)
		}
	}
}

// open accepts the first channel if it is a session, and no other.
func (a *attendant) open(c ssh.NewChannel) {
	if a.session != nil || c.ChannelType() != "session" {
		_ = c.Reject(ssh.Prohibited, "there is one session and nothing else")
		return
	}
	session, requests, err := c.Accept()
	if err != nil {
		a.conn.Close()
		return
	}
	a.session, a.sessionRequests = session, requests
}

// answer answers a request of the session. window-change wants no answer.
func (a *attendant) answer(r *ssh.Request) {
	switch {
	case r.Type == "pty-req":
		accept(r)
	case r.Type == "shell" && !a.talking:
		a.talking = true
		accept(r)
		c := newClient(a.session, func() { a.conn.Close() })
		a.hub.running.Go(func() { a.hub.talk(c) })
	default:
		refuse(r)
	}
}

// An answer that cannot be sent is no matter: then the connection has ended.
func accept(r *ssh.Request) { _ = r.Reply(true, nil) }
func refuse(r *ssh.Request) { _ = r.Reply(false, nil) }
