package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/charmbracelet/log"

	"teahouse/internal/datadir"
)

// serve runs the server until a signal comes or a listener fails. Args are for reloading the
// configuration.
func serve(c config, args []string, logger *log.Logger) (err error) {
	addresses, err := c.listenURLs()
	if err != nil {
		return err
	}
	opening, opened := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer opened()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	asked, stopAsking := notifySIGHUP()
	defer stopAsking()

	logger.Info("teahouse starts", "version", release())
	h, unlock, err := newApp(c, logger)
	if err != nil {
		return err
	}
	defer unlock()
	stopTelling, err := h.serveDiagnostics(c)
	if err != nil {
		return err
	}
	defer stopTelling()
	closeJournal, err := h.openJournal(opening, c)
	if err != nil {
		return startError(opening, err, signals, logger)
	}
	defer func() {
		defer exitOnSecondSignal(signals)()
		if failed := closeJournal(); err == nil {
			err = failed
		}
	}()
	unlink, err := h.joinCluster(opening, c)
	if err != nil {
		return startError(opening, err, signals, logger)
	}
	opened()
	defer unlink()
	return h.serveUsers(c, args, addresses, signals, asked)
}

// startError returns the error of a start, or nil if a signal has stopped it.
func startError(opening context.Context, err error, signals <-chan os.Signal, logger *log.Logger) error {
	if opening.Err() != nil {
		<-signals // the next one is the second
		logger.Info("stopped while it was starting")
		return nil
	}
	return datadir.WithPermissionHint(err)
}

// serveUsers opens the doors and serves until a signal to stop comes or a listener fails. Asked gets
// the signals to reload the configuration.
func (app *app) serveUsers(c config, args []string, addresses []listenURL, signals, asked <-chan os.Signal) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer app.background.Wait()
	defer cancel()
	if err := app.loadPolicy(ctx, c); err != nil {
		return err
	}
	if err := app.openDoors(addresses); err != nil {
		return err
	}
	app.health.SetReady()
	app.offerOperatorCode()
	app.startWatchers(ctx)
	app.background.Go(func() { app.reloadOnSignal(ctx, asked, args, c) })
	return app.serveDoors(signals)
}

// exitOnSecondSignal ends the process when another signal comes, until the returned function is
// called.
func exitOnSecondSignal(signals <-chan os.Signal) (stop func()) {
	stopped := make(chan struct{})
	go func() {
		select {
		case <-signals:
			os.Exit(exitFailed) // without logging: that may be what hangs
		case <-stopped:
		}
	}()
	return func() { close(stopped) }
}
