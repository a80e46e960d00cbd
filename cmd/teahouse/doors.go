package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"

	"teahouse/internal/reply"
	"teahouse/sshd"
	"teahouse/tcpd"
)

// A door is a server for one protocol. Its methods behave like those of net/http's Server.
type door interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
	// Refuse writes to w why a client is refused, in the protocol of the server.
	Refuse(w io.Writer, r *reply.Refusal)
}

// openDoors listens at all addresses before it accepts anybody, so that a mistake in one of them
// shows at once.
func (app *app) openDoors(addresses []listenURL) error {
	for _, a := range addresses {
		l, err := net.Listen("tcp", a.hostPort)
		if err != nil {
			for _, l := range app.listeners {
				l.Close()
			}
			return fmt.Errorf("cannot open the %s door: %w; %s", a.scheme, err, listenHint(err, "--listen"))
		}
		app.listeners = append(app.listeners, l)
		app.doors = append(app.doors, app.newDoor(a))
	}
	for i, a := range addresses {
		at := app.listeners[i].Addr()
		app.log.Info("listening", "door", a.scheme, "addr", at, "try", a.hint(at))
	}
	if app.hasSSHDoor() {
		app.acceptsKeys.Store(true)
		app.log.Info("host key", "fingerprint", gossh.FingerprintSHA256(app.hostKey.PublicKey()))
	}
	return nil
}

// hasSSHDoor reports whether users can connect with a key, that is, by SSH.
func (app *app) hasSSHDoor() bool {
	return slices.ContainsFunc(app.doors, func(d door) bool {
		_, ok := d.(*sshd.Server)
		return ok
	})
}

func (app *app) newDoor(a listenURL) door {
	observe := app.observer(a.scheme)
	if a.scheme == "ssh" {
		s := &sshd.Server{Hub: app.Hub, HostKey: app.hostKey, Log: app.log, Observe: observe,
			InputRate: func() int { return int(app.typingLimit.Load()) }, SessionsPerAddress: func() int { return int(app.sessionLimit.Load()) }}
		if a.idle != nil {
			s.Idle = *a.idle
			if s.Idle == 0 {
				s.Idle = -1 // for ever; 0 would mean the default
			}
		}
		return s
	}
	dialect := tcpd.LookupDialect(a.scheme)
	if a.lang != language.Und {
		dialect = dialect.ForLanguage(a.lang)
	}
	if a.idle != nil {
		dialect.IdleTimeout = *a.idle
	}
	return &tcpd.Server{Hub: app.Hub, Dialect: dialect, Charset: a.charset, Log: app.log, Observe: observe}
}

// serveDoors serves until a signal comes, or until a listener fails, and returns that error.
func (app *app) serveDoors(signals <-chan os.Signal) error {
	serving, ctx := errgroup.WithContext(context.Background())
	for i, d := range app.doors {
		serving.Go(func() error {
			_, operators := d.(*sshd.Server)
			err := d.Serve(app.connLimiter.Listener(app.withProxyProtocol(app.listeners[i]), operators, d.Refuse))
			if errors.Is(err, sshd.ErrServerClosed) || errors.Is(err, tcpd.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
				return nil // only close closes listeners
			}
			return err
		})
	}
	select {
	case sig := <-signals:
		app.log.Info("stopping", "signal", sig)
	case <-ctx.Done():
	}
	defer exitOnSecondSignal(signals)()
	app.close()
	err := serving.Wait()
	app.log.Info("stopped")
	return err
}

// The whole process should end within 5 s of the signal if the store answers, and within 45 s if
// it does not. The systemd unit and the containers are given a minute.
const shutdownTimeout = 3500 * time.Millisecond // for clients to read that the server stops

// close stops accepting, tells every user that the server is stopping, and shuts the servers
// down.
func (app *app) close() {
	app.health.SetStopping()
	app.notify(daemon.SdNotifyStopping)
	for _, l := range app.listeners {
		_ = l.Close()
	}
	app.Hub.Close()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	var closing sync.WaitGroup
	for _, d := range app.doors {
		closing.Go(func() {
			if err := d.Shutdown(ctx); err != nil {
				app.log.Warn("not every client read that the server is stopping", "err", err)
			}
		})
	}
	closing.Wait()
}

// listenHint says what to do about an address at which the server cannot listen.
func listenHint(err error, flag string) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "a port below 1024 needs the privilege cap_net_bind_service; grant it, or choose another port with " + flag
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address; correct " + flag
	}
	return "free the address or choose another with " + flag
}
