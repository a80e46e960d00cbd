package journal

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/room"
)

const (
	// guardEvery is how often it is looked whether the streams have what they had.
	guardEvery = 2 * time.Second

	// sureTime is for how long a stream must have less than it had until that counts: a
	// server that is cut off with what it led goes on answering for ten seconds, and does not
	// know of what others stored meanwhile.
	sureTime = 15 * time.Second
)

// A guard looks whether the streams are still those that were there at the start, with all
// that they had. What others have erased, or a disk, is stored again as far as it is in memory.
//
// One goroutine uses it.
type guard struct {
	*Journal
	house  *room.House
	sure   time.Duration     // sureTime, but in tests
	short  map[string]*short // streams that ended earlier than they had
	losses map[string]*loss  // what is to be stored again, by stream
	absent bool              // a stream was not there at the last look
}

// A short is that a stream ends earlier than it did.
type short struct {
	began time.Time
	last  uint64 // its last message then
}

// A loss is what a stream has lost.
type loss struct {
	since  time.Time // what is stored after that is there; zero where the stream was made anew
	failed bool      // it could not be stored again, which is logged
}

// Guard has the streams be looked after from now on: where they have lost something that the
// house, or the journal, has in memory, that is stored again. It is for once the house has the
// rows, and called once.
func (j *Journal) Guard(h *room.House) {
	if j.engine.inside() && j.engine.temp {
		return // there is nothing that others could erase
	}
	g := newGuard(j, h)
	g.look(j.following)
	j.running.Go(g.run)
}

func newGuard(j *Journal, h *room.House) *guard {
	return &guard{Journal: j, house: h, sure: sureTime, short: map[string]*short{}, losses: map[string]*loss{}}
}

func (g *guard) run() {
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			g.look(g.following)
		case <-g.following.Done():
			return
		}
	}
}

// look looks at each stream. Those that are gone are made anew by the second look: who
// writes makes them, too, and servers that have just elected may not know of them yet.
func (g *guard) look(ctx context.Context) {
	absent := false
	for _, want := range g.engine.wanted() {
		now, err := g.engine.see(ctx, want.Name)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			absent = true
		case err == nil:
			g.compare(ctx, want.Name, now)
		}
	}
	if absent && g.absent {
		absent = false
		if err := g.engine.makeAnew(ctx); err != nil {
			g.log.Debug("journal: streams that are gone cannot be made anew yet", "err", err)
		}
	}
	g.absent = absent
}

// compare looks whether a stream has what it had.
func (g *guard) compare(ctx context.Context, stream string, now sight) {
	before := g.engine.sights.of(stream)
	switch {
	case g.losses[stream] != nil:
	case before.isAnother(now):
		g.lose(stream, time.Time{}, "what", "it was made anew")
	case g.isCut(ctx, stream, before, now):
		g.lose(stream, before.at, "what", "it ends earlier than it did", "last", g.short[stream].last, "before", before.last)
	case g.short[stream] == nil:
		g.engine.sights.note(stream, now)
		return
	default:
		return
	}
	g.recover(ctx, stream, now)
}

// isCut reports whether a stream has lost its last messages, which it has to have done for some
// time. Others may store so many more meanwhile that it is as long as it was.
func (g *guard) isCut(ctx context.Context, stream string, before, now sight) bool {
	s := g.short[stream]
	switch {
	case now.last < before.last:
		if s == nil {
			s = &short{began: time.Now(), last: now.last}
			g.short[stream] = s
		}
		s.last = min(s.last, now.last)
		return time.Since(s.began) >= g.sure
	case s == nil:
		return false
	}
	another, err := g.engine.isAnotherAfter(ctx, stream, s.last, before)
	if err == nil && !another { // a server has lagged behind
		delete(g.short, stream)
	}
	return another
}

// lose notes that a stream has lost what was stored until some moment, and tells of it.
func (g *guard) lose(stream string, since time.Time, details ...any) {
	g.losses[stream] = &loss{since: since}
	g.countLoss()
	g.log.Error("journal: the store has lost some of what it had", append([]any{"stream", stream}, details...)...)
	switch stream {
	case roomStream:
		g.indexes.clear()
		g.log.Error("journal: what was said is gone from the store; people find it until the nodes restart")
	case letterStream:
		g.log.Error("journal: private messages that waited are gone, for good", "waited", g.engine.sights.of(stream).messages)
	}
}

// recover stores again what a stream has lost, as far as that is in memory.
func (g *guard) recover(ctx context.Context, stream string, now sight) {
	lost := g.losses[stream]
	ctx, cancel := context.WithTimeout(ctx, compactTime)
	defer cancel()
	rows, err := g.restock(ctx, stream, lost.since)
	if err != nil {
		if !lost.failed && ctx.Err() == nil {
			lost.failed = true
			g.log.Error("journal: what the store has lost cannot be stored again yet", "stream", stream, "err", g.engine.explain(err))
		}
		return
	}
	delete(g.losses, stream)
	delete(g.short, stream)
	g.engine.sights.note(stream, now)
	if rows > 0 {
		g.log.Warn("journal: what the store has lost is stored again from memory", "stream", stream, "rows", rows)
	}
}

// restock does so for the stream's kind, and returns how much was stored.
func (g *guard) restock(ctx context.Context, stream string, since time.Time) (stored int, err error) {
	if stream == peopleStream {
		return peopleBucket(g.engine).restock(ctx, since, g.people)
	}
	for _, b := range g.books {
		if spaceStream(b.space) == stream {
			return g.restockBook(ctx, b, since)
		}
	}
	return 0, nil
}
