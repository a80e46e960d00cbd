package main

import (
	"context"
	"errors"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"teahouse/journal"
)

const (
	// closeTimeout is how long the journal may take to store what was said last: people read
	// it and take it for kept. A request that the NATS servers do not answer takes 6 s, and
	// an election some 10 s, and as long again where nobody was elected. Other nodes read
	// what they did not hear of this one after that, see closeTime in package cluster.
	closeTimeout = 40 * time.Second

	// closeNoticeAfter is after how long it is told that the journal is waited for.
	closeNoticeAfter = time.Second

	// closeGrace is how long a journal may take beyond closeTimeout to give up. Where the disk
	// does not answer it never does.
	closeGrace = time.Second

	// watchdogInterval is how often the service manager hears meanwhile that the process lives.
	watchdogInterval = time.Second
)

// A closingJournal is a journal that is to close.
type closingJournal interface {
	Close(ctx context.Context) error
	Status() journal.Status
}

// errNotStored is that the house is closed, and not all that was said or set is stored.
var errNotStored = errors.New("not all that was said or set is kept")

// closeJournal closes a journal once all that waits in it is stored, or there is no more time. The
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
				app.log.Error("not all that was said is kept", "err", err)
				return errNotStored
			}
			return nil
		case <-beat.C:
			app.notify(daemon.SdNotifyWatchdog) // nothing else does by now
		case <-notice:
			s := j.Status()
			app.log.Warn("what was said last is not stored yet; waiting for that", "events", s.Pending, "rows", s.PendingRecords, "within", closeTimeout)
		case <-hangs:
			s := j.Status()
			app.log.Error("not all that was said is kept", "err", "the store does not answer", "events", s.Pending+s.Lost, "rows", s.PendingRecords)
			return errNotStored
		}
	}
}
