package main

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notify tells the service manager that started this process how it does, in one
// of the daemon package's words. Where nobody waits to hear it, it does nothing.
func (app *app) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		app.log.Warn("the service manager cannot be told", "what", state, "err", err)
	}
}

// startWatchdog says that the house is open and, to a service manager that asked for it,
// again and again that it is alive, until ctx is done.
func (app *app) startWatchdog(ctx context.Context) {
	app.notify(daemon.SdNotifyReady)
	within, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		app.log.Warn("the service manager's watchdog will hear nothing", "err", err)
	}
	if within <= 0 {
		return
	}
	app.background.Go(func() {
		heartbeat(ctx, within/2, func() { app.CountSessions() }, func() { app.notify(daemon.SdNotifyWatchdog) })
	})
}

// heartbeat calls beat at once and then every so often, until ctx is done. Each
// time it has the house do something first: one that hangs, where it can answer
// nobody, beats no more.
func heartbeat(ctx context.Context, every time.Duration, live, beat func()) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		live()
		beat()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
