package main

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notify sends one of package daemon's states to the service manager that started this process,
// if there is one.
func (app *app) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		app.log.Warn("cannot notify the service manager", "what", state, "err", err)
	}
}

// startWatchdog tells the service manager that the server is ready and, if it asked for that,
// regularly that it is alive, until ctx is done.
func (app *app) startWatchdog(ctx context.Context) {
	app.notify(daemon.SdNotifyReady)
	within, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		app.log.Warn("cannot serve the service manager's watchdog", "err", err)
	}
	if within <= 0 {
		return
	}
	app.background.Go(func() {
		heartbeat(ctx, within/2, func() { app.CountSessions() }, func() { app.notify(daemon.SdNotifyWatchdog) })
	})
}

// heartbeat calls live and then beat at once and at each interval, until ctx is done. If live
// hangs, because the server can answer nobody, there are no more beats.
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
