package main

import (
	"context"
	"errors"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"teahouse/journal"
)

const (
	// closeTimeout is how long the journal may take to store the latest messages: users have read
	// them and take them for stored. A request that the NATS servers do not answer takes 6 s, an
	// election about 10 s, and as long again if nobody is elected. Other nodes read what they
	// missed of this one after that; see journalCloseTimeout in package cluster.
	closeTimeout = 40 * time.Second

	// closeNoticeAfter is when the wait for the journal is logged.
	closeNoticeAfter = time.Second

	// closeGrace is how long the journal may take to give up after closeTimeout. If the disk does
	// not answer, it never does.
	closeGrace = time.Second

	// watchdogInterval is how often the service manager is told meanwhile that the process is
	// alive.
	watchdogInterval = time.Second
)

// A closingJournal is what closeJournal needs of a journal.
type closingJournal interface {
	Close(ctx context.Context) error
	Status() journal.Status
}

// errNotStored means that the server has stopped, but not everything is stored.
var errNotStored = errors.New("some messages or settings are not stored")

// closeJournal closes a journal when everything that waits in it is stored, or time is up. The
// error, which is logged, is errNotStored.
func (app *app) closeJournal(j closingJournal) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- j.Close(ctx) }()
	notice, hangs := time.After(closeNoticeAfter), time.After(closeTimeout+closeGrace)
	beat := time.NewTicker(watchdogInterval)
	defer beat.Stop()
	for {
		select {
		case err := <-closed:
			if err != nil {
				app.log.Error("some messages could not be stored", "err", err)
				return errNotStored
			}
			return nil
		case <-beat.C:
			app.notify(daemon.SdNotifyWatchdog) // nothing else does that by now
		case <-notice:
			s := j.Status()
			app.log.Warn("the latest messages are not stored yet; waiting", "events", s.Pending, "records", s.PendingRecords, "within", closeTimeout)
		case <-hangs:
			s := j.Status()
			app.log.Error("some messages could not be stored", "err", "the store does not answer", "events", s.Pending+s.Lost, "records", s.PendingRecords)
			return errNotStored
		}
	}
}
