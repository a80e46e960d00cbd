package journal

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// restoredKey is where the metadata of a stream has what it had when somebody saw it last who
	// has stored again what it lost since: the moment, by the servers' clock.
	restoredKey = "teahouse-restored"

	// behindTime is for how long a node has not seen a stream that knows less of it than others:
	// those look every 2 s. firstTime is how long such a node waits for others to store first.
	behindTime = 5 * time.Second
	firstTime  = 3 * guardEvery
)

// restoredIn returns what restoredKey says, the zero time where that is nothing.
func restoredIn(have *jetstream.StreamConfig) (until time.Time) {
	until, _ = time.Parse(time.RFC3339Nano, have.Metadata[restoredKey])
	return until
}

// isBehind reports whether others have stored again what a stream lost, who had seen it later than
// this node. What this node has in memory, and they have not, was struck out while it was cut off.
func (s sight) isBehind(now sight) bool {
	return !now.restored.Equal(s.restored) && now.restored.Sub(s.latest()) > behindTime
}

// mayBeBehind reports whether there may be others that have seen a stream later than this node,
// which was made anew, and have not stored it again yet.
func (s sight) mayBeBehind(now sight) bool { return now.created.Sub(s.latest()) > behindTime }

// noteRestored notes in a stream that what it lost is stored again, as it was at a moment.
func (g *guard) noteRestored(ctx context.Context, stream string, until time.Time) error {
	if g.engine.inside() {
		return nil
	}
	have, err := g.engine.findStream(ctx, stream)
	if err != nil || have == nil || until.Sub(restoredIn(have)) <= behindTime {
		return err
	}
	updated := *have
	updated.Metadata = maps.Clone(have.Metadata)
	updated.Metadata[restoredKey] = until.UTC().Format(time.RFC3339Nano)
	_, err = g.engine.js.UpdateStream(ctx, updated)
	return err
}

// adopt has the house be as a stream is that other nodes have stored again: what is in a space of
// the book no more it strikes out, what is there it learns first, as the last operator may be another
// one. What others said, and who is forgotten, is heard from them.
func (g *guard) adopt(ctx context.Context, stream string) error {
	at := slices.IndexFunc(g.books, func(b *book) bool { return spaceStream(b.space) == stream })
	if at < 0 {
		return nil
	}
	b := g.books[at]
	b.watch.rewind(0)
	c, err := spaceBucket(g.engine, b.space).read(ctx)
	if err != nil {
		return err
	}
	there := map[place]bool{}
	for _, m := range c.live() {
		if at, err := decodePlace(b.space, m.Subject); err == nil {
			there[at] = true
			g.learnRow(b, at, m.Data, m.Seq, g.house.Learn)
		}
	}
	for _, r := range g.house.Rows(b.space) {
		if at := (place{r.Table, r.Key}); !there[at] {
			g.learnRow(b, at, nil, c.last, g.house.Learn)
		}
	}
	return nil
}
