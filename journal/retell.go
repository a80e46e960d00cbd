package journal

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

const (
	// retoldBy is whose lines are that are stored again from memory, where nobody knows any
	// more which process said them under which number.
	retoldBy = "again"

	// nearTime is by how much the time of a line at most differs between nodes: in each room
	// what comes is dated after what was there. Lines of others that are younger may be on their way.
	nearTime = 2 * time.Second
)

// sum returns a number made of by whose key a line is, and of what it says.
func (r *record) sum() uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %q %q", r.Key, r.Text, r.Verbatim)
	return h.Sum64()
}

// A telling is what the store has of a room.
type telling struct {
	last  uint64                 // the last message
	lines map[uint64][]time.Time // when lines were said, by their sums
}

func newTelling() *telling { return &telling{lines: map[uint64][]time.Time{}} }

// read learns what a message has. What cannot be read is nothing: Restore tells of that.
func (t *telling) read(m message) error {
	t.last = max(t.last, m.Seq)
	records, _ := decodeRecords(m.Data)
	for i := range records {
		sum := records[i].sum()
		t.lines[sum] = append(t.lines[sum], records[i].Time)
	}
	return nil
}

// has reports whether a line is there.
func (t *telling) has(r *record) bool {
	return slices.ContainsFunc(t.lines[r.sum()], func(said time.Time) bool { return r.Time.Sub(said).Abs() < nearTime })
}

// retold returns a line as it is stored again. Those of this process are as they were.
func (g *guard) retold(e *room.Event) record {
	if e.From == "" && e.Time.After(g.began) {
		r, _ := newRecord(e, g.identity)
		return r
	}
	r, _ := newRecord(e, retoldBy)
	r.Seq = r.sum() ^ uint64(r.Time.UnixNano()) | 1
	return r
}

// nextBatch returns a batch of the first of some lines that are not there, and how many lines
// it took for that.
func (g *guard) nextBatch(said []*room.Event, t *telling) (b *batch, taken int) {
	b = &batch{}
	for taken = 0; taken < len(said) && !b.full(); taken++ {
		e := said[taken]
		if e.From != "" && time.Since(e.Time) < nearTime {
			continue
		}
		if r := g.retold(e); !t.has(&r) {
			b.add(&r)
		}
	}
	return b, taken
}

// retell stores the lines that the rooms remember and the store has lost, and returns how many
// those were. Others may do the same at the same time.
func (g *guard) retell(ctx context.Context) (lines int, err error) {
	there := map[string]*telling{}
	err = g.engine.scan(ctx, roomStream, func(m message) error {
		if there[m.Subject] == nil {
			there[m.Subject] = newTelling()
		}
		return there[m.Subject].read(m)
	})
	if err != nil {
		return 0, err
	}
	for name, said := range g.house.Remembered() {
		t := there[roomSubject(name)]
		if t == nil {
			t = newTelling()
		}
		n, err := g.retellIn(ctx, name, said, t)
		if lines += n; err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// retellIn does so for one room. Each batch is stored only where all is known that is there: so
// no line is there twice.
func (g *guard) retellIn(ctx context.Context, name string, said []*room.Event, t *telling) (lines int, err error) {
	for len(said) > 0 {
		b, taken := g.nextBatch(said, t)
		if b.entry.Events == 0 {
			return lines, nil
		}
		sent := g.engine.publishAll(ctx, []*nats.Msg{onlyAfter(roomSubject(name), b.data.Bytes(), t.last)})[0]
		switch {
		case isOvertaken(sent.err):
			last := t.last
			err = g.engine.tail(ctx, roomStream, roomSubject(name), last, t.read)
			if err == nil && t.last == last { // what was the last is gone
				err = sent.err
			}
			if err != nil {
				return lines, err
			}
			continue
		case sent.err != nil:
			return lines, sent.err
		}
		b.entry.Seq, t.last = sent.seq, sent.seq
		g.indexes.with(name, func(x *index) { x.add(b.entry) })
		lines += b.entry.Events
		said = said[taken:]
	}
	return lines, nil
}
