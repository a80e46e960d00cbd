package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxConcurrentJoins is how many clients join at the same time.
const maxConcurrentJoins = 32

// join connects all clients. When it returns nil, everybody receives what is said, and the server
// has announced everybody to everybody.
func (r *run) join(ctx context.Context) error {
	r.setPhase("joining")
	start := time.Now()
	// The first one joins alone, to find out whether the server greets new clients.
	if err := r.clients[0].join(ctx, false); err != nil {
		return err
	}
	joining, joinCtx := errgroup.WithContext(ctx)
	joining.SetLimit(maxConcurrentJoins)
	for _, c := range r.allClients()[1:] {
		joining.Go(func() error { return c.join(joinCtx, c == r.stalled) })
		if joinCtx.Err() != nil {
			break
		}
	}
	if err := joining.Wait(); err != nil {
		return err
	}
	if err := r.beacon(ctx); err != nil {
		return err
	}
	r.result.JoinSeconds = time.Since(start).Seconds()
	return r.awaitQuiet(ctx)
}

// allClients returns all clients, including the stalled one.
func (r *run) allClients() []*client {
	if r.stalled == nil {
		return r.clients
	}
	return append(r.clients[:len(r.clients):len(r.clients)], r.stalled)
}

// beacon sends the beacon from the first client, at growing intervals, until everybody has
// received it.
func (r *run) beacon(ctx context.Context) error {
	const shortest, longest = 50 * time.Millisecond, 500 * time.Millisecond
	first := r.clients[0]
	want := int64(len(r.allClients()))
	if first.sendsBeacon() {
		r.joined.Add(1) // others receive it, so it has joined
	}
	in, since := int64(-1), time.Now()
	for n, pause := uint64(0), shortest; ; n, pause = n+1, min(2*pause, longest) {
		if err := r.sendBeacon(first, n); err != nil {
			return err
		}
		err := pollUntil(ctx, pause, func() bool { return r.joined.Load() >= want || r.firstDisconnected() != nil })
		if c := r.firstDisconnected(); c != nil {
			return fmt.Errorf("the server disconnected %s while others joined: %w; it may limit connections from one address",
				c.name, c.cause)
		}
		if !errors.Is(err, errTimeout) {
			return err
		}
		if now := r.joined.Load(); now > in {
			in, since = now, time.Now()
		}
		if time.Since(since) > r.timeouts.join {
			return fmt.Errorf("only %d of %d clients hear what the first one says; is %q the protocol the server speaks?",
				in, want, r.Target)
		}
	}
}

// sendBeacon sends the beacon once. It does not wait for a server that does not accept it.
func (r *run) sendBeacon(c *client, n uint64) error {
	line := r.appendLine(nil, mark{uint64(r.Speakers), n, r.elapsed()})
	watchdog := time.AfterFunc(r.timeouts.join, func() { c.conn.Close() })
	defer watchdog.Stop()
	if _, err := c.conn.Write(line); err != nil {
		return fmt.Errorf("the server does not take what %s says: %w", c.name, err)
	}
	return nil
}

// awaitQuiet waits until nobody has read anything for a while, when the server has finished
// announcing the joins. It does not wait long for a server that is never quiet.
func (r *run) awaitQuiet(ctx context.Context) error {
	const still, longest = 100 * time.Millisecond, 5 * time.Second
	bytes, since := r.bytesRead(), time.Now()
	err := pollUntil(ctx, longest, func() bool {
		if now := r.bytesRead(); now != bytes {
			bytes, since = now, time.Now()
		}
		return time.Since(since) > still
	})
	if errors.Is(err, errTimeout) {
		return nil
	}
	return err
}

// errTimeout is what pollUntil returns after its timeout.
var errTimeout = errors.New("timed out")

// pollUntil waits until done returns true. It calls it a hundred times a second.
func pollUntil(ctx context.Context, timeout time.Duration, done func() bool) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			return errTimeout
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
