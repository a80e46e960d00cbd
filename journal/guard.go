package journal

import (
	"context"
	"errors"
	"strings"
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
// that they had. What somebody has erased, or a disk has lost, is stored again as far as it is
// in memory.
//
// One goroutine uses it.
type guard struct {
	*Journal
	house  *room.House
	sure   time.Duration     // sureTime, but in tests
	first  time.Duration     // firstTime, but in tests
	short  map[string]*short // streams that end earlier than they did
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
	since   time.Time // what is stored after that is there; zero where the stream was made anew
	noticed time.Time
	failed  bool // it could not be stored again, which is logged
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
	return &guard{Journal: j, house: h, sure: sureTime, first: firstTime, short: map[string]*short{}, losses: map[string]*loss{}}
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
	cut, err := false, error(nil)
	if g.losses[stream] == nil && !before.isAnother(now) {
		cut, err = g.isCut(ctx, stream, before, now)
	}
	switch {
	case err != nil:
		return
	case g.losses[stream] != nil:
	case before.isAnother(now):
		g.lose(stream, time.Time{}, "what", "it was made anew")
	case before.isEmptied(now) && strings.HasPrefix(stream, bucketPrefix): // by itself a bucket never is
		g.lose(stream, time.Time{}, "what", "it was emptied")
	case cut:
		g.lose(stream, before.latest(), "what", "it ends earlier than it did", "before", before.last)
	case g.short[stream] == nil:
		g.engine.sights.note(stream, now)
		return
	default:
		return
	}
	g.recover(ctx, stream, now)
}

// isCut reports whether a stream has lost its last messages. Where it ends earlier than it did
// that has to last for some time; where it does not, others may have stored as many since.
func (g *guard) isCut(ctx context.Context, stream string, before, now sight) (cut bool, err error) {
	s := g.short[stream]
	switch {
	case before.last == 0, now.last == before.last && now.stored.Equal(before.stored):
		return false, nil
	case now.last < before.last && s == nil:
		s = &short{began: time.Now(), last: now.last}
		g.short[stream] = s
	}
	if now.last < before.last {
		s.last = min(s.last, now.last)
		return time.Since(s.began) >= g.sure, nil
	}
	from := before.last
	if s != nil {
		from = s.last + 1
	}
	cut, err = g.engine.isAnother(ctx, stream, from, before)
	if err == nil && !cut { // a server may have lagged behind
		delete(g.short, stream)
	}
	return cut, err
}

// lose notes that a stream has lost what was stored until some moment, and tells of it.
func (g *guard) lose(stream string, since time.Time, details ...any) {
	g.losses[stream] = &loss{since: since, noticed: time.Now()}
	g.countLoss()
	g.log.Error("journal: the store has lost some of what it had", append([]any{"stream", stream}, details...)...)
	switch stream {
	case roomStream:
		g.indexes.clear()
	case letterStream:
		if waited := g.engine.sights.of(stream).messages; waited > 0 {
			g.log.Error("journal: private messages that waited are gone, for good", "waited", waited)
		}
	}
}

// recover stores again what a stream has lost, as far as that is in memory, unless others have who
// know more.
func (g *guard) recover(ctx context.Context, stream string, now sight) {
	lost, before := g.losses[stream], g.engine.sights.of(stream)
	ctx, cancel := context.WithTimeout(ctx, compactTime)
	defer cancel()
	stored, err := 0, error(nil)
	switch {
	case before.isBehind(now):
		err = g.adopt(ctx, stream)
	case before.mayBeBehind(now) && time.Since(lost.noticed) < g.first:
		return
	default:
		if stored, err = g.restock(ctx, stream, lost.since); err == nil {
			err = g.noteRestored(ctx, stream, before.latest())
		}
	}
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
	switch {
	case before.isBehind(now):
		g.log.Warn("journal: nodes that were not cut off have stored again what the store has lost; what they have not is struck out here, too", "stream", stream)
	case stored > 0:
		g.log.Warn("journal: what the store has lost is stored again from memory", "stream", stream, "stored", stored)
	}
}

// restock does so for the stream's kind, and returns how much was stored.
func (g *guard) restock(ctx context.Context, stream string, since time.Time) (stored int, err error) {
	switch stream {
	case roomStream:
		return g.retell(ctx)
	case peopleStream:
		return peopleBucket(g.engine).restock(ctx, since, g.people)
	}
	for _, b := range g.books {
		if spaceStream(b.space) == stream {
			return g.restockBook(ctx, b, since)
		}
	}
	return 0, nil
}
