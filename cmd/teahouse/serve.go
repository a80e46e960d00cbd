package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"teahouse/internal/datadir"

	"github.com/charmbracelet/log"
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
	stopped := opening.Err() != nil
	opened()
	switch {
	case err != nil && stopped:
		logger.Info("stopped while it was starting")
		return nil
	case err != nil:
		return datadir.WithPermissionHint(err)
	}
	defer func() {
		defer exitOnSecondSignal(signals)()
		if failed := closeJournal(); err == nil {
			err = failed
		}
	}()
	unlink, err := h.joinCluster(c)
	if err != nil {
		return err
	}
	defer unlink()
	ctx, cancel := context.WithCancel(context.Background())
	defer h.background.Wait()
	defer cancel()
	if err := h.loadPolicy(ctx, c); err != nil {
		return err
	}
	if err := h.openDoors(addresses); err != nil {
		return err
	}
	h.health.SetReady()
	h.offerOperatorCode()
	h.startWatchers(ctx)
	h.background.Go(func() { h.reloadOnSignal(ctx, asked, args, c) })
	return h.serveDoors(signals)
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
