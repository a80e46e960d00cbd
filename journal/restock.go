package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// A remembered is what memory has of a bucket.
type remembered interface {
	// rows returns all rows, as messages.
	rows() []*nats.Msg
	// knew reports whether a row that is stored was read, or could have been: where it is not
	// among the rows, it was struck out.
	knew(m message) bool
	// wrote learns that a row is stored with a number.
	wrote(subject string, seq uint64)
}

// restock stores the rows of memory again which a bucket has lost since a moment, and returns how
// many. What was stored after that moment is later than what is in memory, and stays: so does
// what others store meanwhile.
func (b *bucket) restock(ctx context.Context, since time.Time, memory remembered) (stored int, err error) {
	c, err := b.read(ctx)
	if err != nil {
		return 0, err
	}
	return b.storeMissing(ctx, c.lacking(since, memory), memory)
}

// storeMissing stores messages of onlyAfter, but those that are overtaken, and returns how many.
func (b *bucket) storeMissing(ctx context.Context, messages []*nats.Msg, memory remembered) (stored int, err error) {
	for part := range slices.Chunk(messages, rowsAtOnce) {
		for i, sent := range b.engine.publishAll(ctx, part) {
			switch {
			case sent.err == nil:
				stored++
				memory.wrote(part[i].Subject, sent.seq)
			case !isOvertaken(sent.err) && (err == nil || isRefusal(err)):
				err = sent.err
			}
		}
		if err != nil && !isRefusal(err) {
			return stored, err
		}
	}
	return stored, err
}

// lacking returns the messages that have a bucket be as memory has it, where it was read with
// what was lost since a moment.
func (c *contents) lacking(since time.Time, memory remembered) (messages []*nats.Msg) {
	has := map[string]message{}
	for _, m := range c.rows {
		has[m.Subject] = m
	}
	for _, row := range memory.rows() {
		m, ok := has[row.Subject]
		delete(has, row.Subject)
		if !ok || !m.Time.After(since) && !bytes.Equal(m.Data, row.Data) {
			messages = append(messages, onlyAfter(row.Subject, row.Data, m.Seq))
		}
	}
	for _, m := range has {
		if !m.Time.After(since) && !isMarker(m) && memory.knew(m) {
			messages = append(messages, onlyAfter(m.Subject, nil, m.Seq))
		}
	}
	return messages
}

// upTo returns the last message that was stored until a moment.
func (c *contents) upTo(t time.Time) (seq uint64) {
	for _, m := range c.rows {
		if !m.Time.After(t) {
			seq = max(seq, m.Seq)
		}
	}
	return seq
}

// A bookMemory is what a house has in memory of a space of its book.
type bookMemory struct {
	*book
	house *room.House
	other *room.House // to try whether rows can be read
}

func (m *bookMemory) rows() (rows []*nats.Msg) {
	for _, r := range m.house.Rows(m.space) {
		at := place{r.Table, r.Key}
		rows = append(rows, &nats.Msg{Subject: at.subject(), Data: r.Value})
	}
	return rows
}

func (m *bookMemory) knew(stored message) bool {
	at, err := decodePlace(m.space, stored.Subject)
	return err == nil && at.space() == m.space &&
		m.other.Open([]room.Row{{Table: at.table, Key: at.key, Value: stored.Data}}) == nil
}

func (m *bookMemory) wrote(subject string, seq uint64) {
	if at, err := decodePlace(m.space, subject); err == nil {
		m.watch.wrote(at, seq)
	}
}

// restockBook stores what the house has in memory of a space, and has what other nodes stored
// since the loss be read.
func (g *guard) restockBook(ctx context.Context, b *book, since time.Time) (stored int, err error) {
	bucket := spaceBucket(g.engine, b.space)
	if g.engine.marks != nil {
		g.engine.marks.accept(bucket.stream, mark{})
	}
	c, err := bucket.read(ctx)
	if err != nil {
		return 0, err
	}
	b.watch.rewind(c.upTo(since))
	memory := &bookMemory{book: b, house: g.house, other: room.NewHouse()}
	stored, err = bucket.storeMissing(ctx, c.lacking(since, memory), memory)
	if g.engine.marks != nil {
		g.raiseMarks(ctx)
	}
	return stored, err
}

func (p *people) rows() (rows []*nats.Msg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	for key, x := range p.byKey {
		var data bytes.Buffer
		encodeLine(&data, x)
		rows = append(rows, &nats.Msg{Subject: peopleSubject(key), Data: data.Bytes()})
	}
	return rows
}

func (p *people) knew(m message) bool {
	_, err := decodeToken(m.Subject, peoplePrefix)
	return err == nil && json.Unmarshal(m.Data, &person{}) == nil
}

func (p *people) wrote(string, uint64) {}
