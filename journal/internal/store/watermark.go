package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

const (
	// watermarkInterval is the time between updates of the watermarks if anything was stored.
	// The loss of newer data after a kill goes unnoticed.
	watermarkInterval = 10 * time.Second

	// watermarkTimeout limits both counting the entries as the journal closes, and raising the
	// watermarks.
	watermarkTimeout = 400 * time.Millisecond
)

// CheckWatermarks returns an error if a partition has less than its watermark says. With
// AcceptLoss it logs the loss instead, and sets the watermark to what is there. It always does
// so for the known people. It changes no file. Streams elsewhere or in memory have no
// watermarks.
func (st *Store) CheckWatermarks(ctx context.Context) error {
	if !st.IsEmbedded() || st.InMemory {
		return nil
	}
	watermarks, err := integrity.ReadWatermarks(st.Dir)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("journal: %w", err)
	}
	if err := st.Checker.LossError(err); err != nil {
		return err
	}
	for _, b := range st.bucketsIn(st.Dir) {
		now, err := st.watermarkNow(ctx, b)
		if err != nil {
			return fmt.Errorf("journal: stream %s, in %s: %w", b.Stream, st.folder(b.Stream), err)
		}
		was := watermarks.Get(b.Stream)
		if err := st.Checker.CompareWatermark(b.Stream, was, now); err != nil {
			return err
		}
		now.Block, now.Size = was.Block, was.Size
		watermarks.Set(b.Stream, now)
	}
	st.Watermarks = watermarks
	return nil
}

// watermarkNow returns the current watermark of a bucket, or the zero value if there is no
// bucket yet.
func (st *Store) watermarkNow(ctx context.Context, b *Bucket) (integrity.Watermark, error) {
	var have *jetstream.StreamConfig
	err := st.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		have, err = st.FindStream(ctx, b.Stream)
		return err
	})
	if err != nil || have == nil {
		return integrity.Watermark{}, err
	}
	c, err := b.Read(ctx)
	if err != nil {
		return integrity.Watermark{}, err
	}
	return integrity.WatermarkOf(c), nil
}

// RunWatermarks raises the watermarks periodically until ctx is done.
func (st *Store) RunWatermarks(ctx context.Context) {
	tick := time.NewTicker(watermarkInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			st.RaiseWatermarks(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// RaiseWatermarks raises the watermarks to what is stored. Failures are retried the next time.
func (st *Store) RaiseWatermarks(ctx context.Context) {
	for _, stream := range layout.StreamNames() {
		if err := st.raiseWatermark(ctx, stream); err != nil {
			st.Log.Debug("journal: a watermark is not raised", "stream", stream, "err", err)
		}
	}
	if err := st.Watermarks.Save(); err != nil {
		st.Log.Debug("journal: the watermarks are not saved", "err", err)
	}
}

// raiseWatermark raises the watermark of a stream to its last message, if the engine can read
// that: of a damaged stream it may only know the number.
func (st *Store) raiseWatermark(ctx context.Context, stream string) error {
	s, err := st.JS.Stream(ctx, stream)
	if err != nil {
		return err
	}
	last := s.CachedInfo().State.LastSeq
	if last <= st.Watermarks.Get(stream).LastSeq {
		return nil
	}
	if _, err := s.GetMsg(ctx, last); errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	now := st.Watermarks.Get(stream)
	now.LastSeq = last
	st.Watermarks.Raise(stream, now)
	return nil
}

// CloseWatermarks raises the watermarks a last time, once nothing is written any more. It
// includes what was stored since the buckets were last read, if there is time to read them.
func (st *Store) CloseWatermarks(ctx context.Context) {
	if st.Watermarks == nil {
		return
	}
	reading, done := context.WithTimeout(ctx, watermarkTimeout)
	defer done()
	for _, b := range slices.Backward(st.Buckets()) { // people, who may be many, last
		if _, err := b.Read(reading); err != nil {
			st.Log.Debug("journal: entries are not counted", "stream", b.Stream, "err", err)
		}
	}
	raising, raised := context.WithTimeout(context.WithoutCancel(ctx), watermarkTimeout)
	defer raised()
	st.RaiseWatermarks(raising)
}
