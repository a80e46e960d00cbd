package journal

import (
	"context"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// A telling is what the store has of a room.
type telling struct {
	last  uint64              // the last message
	lines map[identified]bool // what is there
}

// An identified is what an event of a room is known by.
type identified struct {
	by  string
	seq uint64
}

func newTelling() *telling { return &telling{lines: map[identified]bool{}} }

// read learns what a message has. What cannot be read is nothing: Restore tells of that.
func (t *telling) read(m message) error {
	t.last = max(t.last, m.Seq)
	records, _ := decodeRecords(m.Data)
	for i := range records {
		t.lines[identified{records[i].By, records[i].Seq}] = true
	}
	return nil
}

// has reports whether a line is there.
func (t *telling) has(r *record) bool { return t.lines[identified{r.By, r.Seq}] }

// retold returns a line as it is stored again: as its own process did. That, or who has heard it
// from that, may yet store it, too, and who reads drops repeats.
func (g *guard) retold(e *room.Event) record {
	r, _ := newRecord(e, g.identity)
	if o := e.Origin; o != nil {
		r.By, r.Seq = o.By, o.Seq
		if room.IsTime(o.Time) {
			r.Time = o.Time.UTC()
		}
	}
	return r
}

// nextBatch returns a batch of the first of some lines that are not there, and how many lines
// it took for that.
func (g *guard) nextBatch(said []*room.Event, t *telling) (b *batch, taken int) {
	b = &batch{}
	for taken = 0; taken < len(said) && !b.full(); taken++ {
		if r := g.retold(said[taken]); !t.has(&r) {
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
