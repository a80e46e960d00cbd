package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/records"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// A memoryCopy is a bucket's content as memory has it.
type memoryCopy interface {
	// messages returns all records, as messages.
	messages() []*nats.Msg
	// wasKnown reports whether a stored record was read, or could have been: if it is no longer
	// among the records, it was deleted.
	wasKnown(m layout.Message) bool
	// noteStored tells the copy that a record was stored, and under which sequence number.
	noteStored(subject string, seq uint64)
}

// restorePeople stores the known people again that the store lost, and returns how many.
// Messages stored later than since are newer than memory, and stay; so do those that other nodes
// store meanwhile.
func restorePeople(ctx context.Context, st *store.Store, since time.Time, memory memoryCopy) (stored int, err error) {
	c, err := store.PeopleBucket(st).Read(ctx)
	if err != nil {
		return 0, err
	}
	return publishMissing(ctx, st, missingFrom(c, since, memory), memory)
}

// publishMissing publishes messages made by [store.ConditionalMsg], skipping those that a newer
// write has overtaken, and returns how many it stored.
func publishMissing(ctx context.Context, st *store.Store, messages []*nats.Msg, memory memoryCopy) (stored int, err error) {
	for part := range slices.Chunk(messages, store.PublishBatchSize) {
		for i, sent := range st.PublishAll(ctx, part) {
			switch {
			case sent.Err == nil:
				stored++
				memory.noteStored(part[i].Subject, sent.Seq)
			case !store.IsSeqConflict(sent.Err) && (err == nil || isRejection(err)):
				err = sent.Err
			}
		}
		if err != nil && !isRejection(err) {
			return stored, err
		}
	}
	return stored, err
}

// missingFrom returns the messages that make a bucket match memory again after a loss. It leaves
// messages alone that were stored later than since.
func missingFrom(c *layout.BucketContents, since time.Time, memory memoryCopy) (messages []*nats.Msg) {
	has := map[string]layout.Message{}
	for _, m := range c.Entries {
		has[m.Subject] = m
	}
	for _, want := range memory.messages() {
		m, ok := has[want.Subject]
		delete(has, want.Subject)
		if !ok || !m.Time.After(since) && !bytes.Equal(m.Data, want.Data) {
			messages = append(messages, store.ConditionalMsg(want.Subject, want.Data, m.Seq))
		}
	}
	for _, m := range has {
		if !m.Time.After(since) && !layout.IsDeleteMarker(m) && memory.wasKnown(m) {
			messages = append(messages, store.ConditionalMsg(m.Subject, nil, m.Seq))
		}
	}
	return messages
}

// A recordsInMemory is the hub's records of one partition.
type recordsInMemory struct {
	*recordQueue
	hub        *room.Hub
	scratchHub *room.Hub // used to test whether records can be read
}

func (m *recordsInMemory) messages() (all []*nats.Msg) {
	for _, r := range m.hub.StoredRecords(m.partition) {
		at := layout.RecordID{Table: r.Table, Key: r.Key}
		all = append(all, &nats.Msg{Subject: at.Subject(), Data: r.Value})
	}
	return all
}

func (m *recordsInMemory) wasKnown(stored layout.Message) bool {
	at, err := layout.DecodeRecordID(m.partition, stored.Subject)
	return err == nil && at.Partition() == m.partition &&
		m.scratchHub.Load([]records.Record{{Table: at.Table, Key: at.Key, Value: stored.Data}}) == nil
}

func (m *recordsInMemory) noteStored(subject string, seq uint64) {
	if at, err := layout.DecodeRecordID(m.partition, subject); err == nil {
		m.watcher.noteOwnWrite(at, seq)
	}
}

// restoreRecords stores the hub's records of one partition again, and schedules a read of what
// other nodes stored since the loss.
func (sm *streamMonitor) restoreRecords(ctx context.Context, b *recordQueue, since time.Time) (stored int, err error) {
	bucket := store.PartitionBucket(sm.store, b.partition)
	if sm.store.Watermarks != nil {
		sm.store.Watermarks.Set(bucket.Stream, integrity.Watermark{})
	}
	c, err := bucket.Read(ctx)
	if err != nil {
		return 0, err
	}
	b.watcher.rewind(c.LastBefore(since))
	memory := &recordsInMemory{recordQueue: b, hub: sm.hub, scratchHub: room.New(room.Config{})}
	stored, err = publishMissing(ctx, sm.store, missingFrom(c, since, memory), memory)
	if sm.store.Watermarks != nil {
		sm.store.RaiseWatermarks(ctx)
	}
	return stored, err
}

func (p *peopleCache) messages() (all []*nats.Msg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	for key, x := range p.byKey {
		var data bytes.Buffer
		layout.EncodeJSONLine(&data, x)
		all = append(all, &nats.Msg{Subject: layout.PeopleSubject(key), Data: data.Bytes()})
	}
	return all
}

func (p *peopleCache) wasKnown(m layout.Message) bool {
	_, err := layout.DecodeToken(m.Subject, layout.PeoplePrefix)
	return err == nil && json.Unmarshal(m.Data, &person{}) == nil
}

func (p *peopleCache) noteStored(string, uint64) {}
