package load

import (
	"context"
	"fmt"
	"time"
)

// stay is how long a visitor stays, at least.
const stay = time.Second

// visit is the goroutine of a visitor: it comes, stays until it has heard
// something, goes, and comes again as somebody else.
func (r *run) visit(ctx context.Context, stop <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.voices.Go(func() {
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
		pause(ctx, stay) // rather than knock all the time
	}
}

// visitOnce reports whether the visitor was let in and could stay.
func (r *run) visitOnce(ctx context.Context) bool {
	joining, cancel := context.WithTimeout(ctx, r.patience.join)
	defer cancel()
	w, err := r.adapter.join(joining, r.addr, fmt.Sprint("bench", r.names.Add(1)-1), false)
	if err != nil || !r.wires.add(w) {
		return false
	}
	heard, over := make(chan struct{}), make(chan struct{})
	r.readers.Go(func() {
		defer close(over)
		deaf := false
		_ = w.listen(&r.desks, func(_ *desk, buf []byte, n int) bool {
			if !deaf {
				// A line that is split is missed; the next one does as well.
				if _, _, deaf = r.tag.next(buf[headroom : headroom+n]); deaf {
					close(heard)
				}
			}
			return true
		})
	})
	defer func() {
		r.wires.remove(w)
		<-over
	}()
	timer := time.NewTimer(stay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-over:
		return false
	case <-ctx.Done():
		return true
	}
	timer.Reset(r.patience.join)
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

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
