package journal

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
	// watermarkInterval is how often the marks are raised, where something was stored. What is younger
	// than that can be lost after a kill without a word.
	watermarkInterval = 10 * time.Second

	// watermarkTimeout is for how long the rows may be counted as the journal closes, and for how long
	// the marks be raised.
	watermarkTimeout = 400 * time.Millisecond
)

// checkWatermarks returns an error where a space has less than its mark says. With AcceptLoss it
// logs that, and what is there is what the mark says from then on. So it does in any case where
// there are fewer people. It changes no file. Where
// the streams are elsewhere, or in memory, there are no marks.
func (e *engine) checkWatermarks(ctx context.Context) error {
	if !e.isEmbedded() || e.inMemory {
		return nil
	}
	marks, err := integrity.ReadWatermarks(e.dir)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("journal: %w", err)
	}
	if err := e.checker.LossError(err); err != nil {
		return err
	}
	for _, b := range e.buckets() {
		now, err := e.watermarkNow(ctx, b)
		if err != nil {
			return fmt.Errorf("journal: stream %s, in %s: %w", b.Stream, e.folder(b.Stream), err)
		}
		was := marks.Get(b.Stream)
		if err := e.checker.CompareWatermark(b.Stream, was, now); err != nil {
			return err
		}
		now.Block, now.Size = was.Block, was.Size
		marks.Set(b.Stream, now)
	}
	e.watermarks = marks
	return nil
}

// watermarkNow returns what there is of a bucket, which is nothing where there is none yet.
func (e *engine) watermarkNow(ctx context.Context, b *bucket) (integrity.Watermark, error) {
	var have *jetstream.StreamConfig
	err := e.retryWithTimeout(ctx, func(ctx context.Context) (err error) {
		have, err = e.findStream(ctx, b.Stream)
		return err
	})
	if err != nil || have == nil {
		return integrity.Watermark{}, err
	}
	c, err := b.read(ctx)
	if err != nil {
		return integrity.Watermark{}, err
	}
	return integrity.WatermarkOf(c), nil
}

// runWatermarks raises the marks now and then until ctx is done.
func (e *engine) runWatermarks(ctx context.Context) {
	tick := time.NewTicker(watermarkInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			e.raiseWatermarks(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// raiseWatermarks raises the marks to what is stored. What fails is tried again the next time.
func (e *engine) raiseWatermarks(ctx context.Context) {
	for _, stream := range layout.StreamNames() {
		if err := e.raiseWatermark(ctx, stream); err != nil {
			e.log.Debug("journal: a mark stays as it is", "stream", stream, "err", err)
		}
	}
	if err := e.watermarks.Save(); err != nil {
		e.log.Debug("journal: the marks stay as they are", "err", err)
	}
}

// raiseWatermark raises the mark of a stream to its last message, as far as the engine has that:
// of a damaged stream it may know the number alone.
func (e *engine) raiseWatermark(ctx context.Context, stream string) error {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	last := s.CachedInfo().State.LastSeq
	if last <= e.watermarks.Get(stream).LastSeq {
		return nil
	}
	if _, err := s.GetMsg(ctx, last); errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	now := e.watermarks.Get(stream)
	now.LastSeq = last
	e.watermarks.Raise(stream, now)
	return nil
}

// closeWatermarks raises the marks a last time, once nothing is written any more. What was stored
// since the buckets were read last counts, too, if there is the time to read them.
func (e *engine) closeWatermarks(ctx context.Context) {
	if e.watermarks == nil {
		return
	}
	reading, done := context.WithTimeout(ctx, watermarkTimeout)
	defer done()
	for _, b := range slices.Backward(e.buckets()) { // people, who may be many, last
		if _, err := b.read(reading); err != nil {
			e.log.Debug("journal: rows are not counted", "stream", b.Stream, "err", err)
		}
	}
	raising, raised := context.WithTimeout(context.WithoutCancel(ctx), watermarkTimeout)
	defer raised()
	e.raiseWatermarks(raising)
}
