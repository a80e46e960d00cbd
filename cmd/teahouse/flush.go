package main

import (
	"context"
	"errors"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"teahouse/journal"
)

const (
	// flushTime is how long the journal may take to store what was said last: people read
	// it and take it for kept. A request that the NATS servers do not answer takes 6 s, and
	// an election some 10 s, and as long again where nobody was elected. Other nodes read
	// what they did not hear of this one after that, see closeTime in package cluster.
	flushTime = 40 * time.Second

	// flushNotice is after how long it is told that the journal is waited for.
	flushNotice = time.Second

	// flushHangs is how long a journal may take beyond flushTime to give up. Where the disk
	// does not answer it never does.
	flushHangs = time.Second

	// flushBeat is how often the service manager hears meanwhile that the process lives.
	flushBeat = time.Second
)

// A flushing is a journal that is to close.
type flushing interface {
	Close(ctx context.Context) error
	Status() journal.Status
}

// errNotStored is that the house is closed, and not all that was said or set is stored.
var errNotStored = errors.New("not all that was said or set is kept")

// flush closes a journal once all that waits in it is stored, or there is no more time. The
// error, which is logged, is errNotStored.
func (h *house) flush(j flushing) error {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- j.Close(ctx) }()
	notice, hangs := time.After(flushNotice), time.After(flushTime+flushHangs)
	beat := time.NewTicker(flushBeat)
	defer beat.Stop()
	for {
		select {
		case err := <-closed:
			if err != nil {
				h.log.Error("not all that was said is kept", "err", err)
				return errNotStored
			}
			return nil
		case <-beat.C:
			h.notify(daemon.SdNotifyWatchdog) // nothing else does by now
		case <-notice:
			s := j.Status()
			h.log.Warn("what was said last is not stored yet; waiting for that", "events", s.Behind, "rows", s.Rows, "within", flushTime)
		case <-hangs:
			s := j.Status()
			h.log.Error("not all that was said is kept", "err", "the store does not answer", "events", s.Behind+s.Lost, "rows", s.Rows)
			return errNotStored
		}
	}
}
