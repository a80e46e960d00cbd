package load

import (
	"context"
	"fmt"
	"time"
)

// visitTime is the least time that a visitor stays.
const visitTime = time.Second

// visit is the goroutine of a visitor: it joins, stays until it has received something, leaves,
// and joins again under another name.
func (r *run) visit(ctx context.Context, stop <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.senders.Go(func() {
		select {
		case <-stop:
			cancel()
		case <-ctx.Done():
		}
	})
	for ctx.Err() == nil {
		if r.visitOnce(ctx) || ctx.Err() != nil {
			continue
		}
		r.refused.Add(1)
		sleepContext(ctx, visitTime) // instead of retrying at once
	}
}

// visitOnce reports whether the visitor was admitted and could stay.
func (r *run) visitOnce(ctx context.Context) bool {
	joining, cancel := context.WithTimeout(ctx, r.timeouts.join)
	defer cancel()
	w, err := r.adapter.join(joining, r.addr, fmt.Sprint("bench", r.nextName.Add(1)-1), false)
	if err != nil || !r.conns.add(w) {
		return false
	}
	heard, over := r.listen(w)
	defer func() {
		r.conns.remove(w)
		<-over
	}()
	return r.stay(ctx, heard, over)
}

// listen reads what a visitor is sent. Heard is closed after the first line with a mark, over when
// the connection has ended.
func (r *run) listen(w clientConn) (heard, over <-chan struct{}) {
	first, ended := make(chan struct{}), make(chan struct{})
	r.readers.Go(func() {
		defer close(ended)
		found := false
		_ = w.readLoop(&r.scratch, func(_ *scratch, buf []byte, n int) bool {
			if !found {
				// If this line is split between reads, the next one will do.
				if _, _, found = r.tag.next(buf[headroom : headroom+n]); found {
					close(first)
				}
			}
			return true
		})
	})
	return first, ended
}

// stay waits until a visit is over, and reports whether the visitor could stay and has heard
// something, if only after a while.
func (r *run) stay(ctx context.Context, heard, over <-chan struct{}) bool {
	timer := time.NewTimer(visitTime)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-over:
		return false
	case <-ctx.Done():
		return true
	}
	timer.Reset(r.timeouts.join)
	select {
	case <-heard:
		return true
	case <-timer.C:
	case <-over:
	case <-ctx.Done():
		return true
	}
	return false
}

// sleepContext sleeps for d or until ctx ends.
func sleepContext(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
