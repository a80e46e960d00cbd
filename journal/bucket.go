package journal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/room"
)

const (
	// strikeTime is how long the marker of a row that was struck out stays at least where
	// several nodes share the store, since they learn of it by the marker: a node that was
	// cut off for longer has to be started anew. Elsewhere it is how long one stays at most.
	strikeTime = 24 * time.Hour

	// pressedTime takes the place of strikeTime where a bucket is larger than it should be.
	pressedTime = time.Hour

	// messageOverhead is what a message takes in a file beside its subject and data.
	messageOverhead = 30

	// leastMarkers is how many markers gather before a bucket is compacted sooner.
	leastMarkers = 1000

	// compactTime is how long it may take to compact a bucket.
	compactTime = 2 * time.Minute
)

// A bucket is a stream of rows: the latest message of a subject is its row. A message
// without data is a marker, which says that there is no such row any more.
//
// The engine keeps one message a subject, but not for good: after kill -9 it may bring
// back what was overwritten or purged. So nothing relies on a message being gone. The
// latest message counts, a marker like any other, and markers are removed only below the
// bucket's floor: a sequence number, stored in the bucket itself, below which nothing
// counts whatever the engine finds there.
type bucket struct {
	engine *engine
	stream string
	floor  string // the subject under which the floor is stored
	most   int64  // how many bytes it should have; 0 is no limit
}

// floorKey is what the floor of each bucket is stored under.
const floorKey = "floor"

func spaceBucket(e *engine, s room.Space) *bucket {
	return &bucket{engine: e, stream: spaceStream(s), floor: place{table: floorKey}.subjectIn(s), most: s.Most()}
}

func peopleBucket(e *engine) *bucket {
	return &bucket{engine: e, stream: peopleStream, floor: peopleSubject(floorKey)}
}

// buckets returns all that there are.
func (e *engine) buckets() []*bucket {
	all := []*bucket{peopleBucket(e)}
	for _, s := range spaces() {
		all = append(all, spaceBucket(e, s))
	}
	return all
}

// A floorMark is a floor as it is stored.
type floorMark struct {
	From uint64 `json:"from"` // the first message that counts
}

// contents are what was read of a bucket.
type contents struct {
	rows  []message // those that count, in the order of the stream; markers among them
	first uint64    // the first message that the stream has, counting or not; 0 in an empty one
	last  uint64    // the last one
	floor uint64    // nothing below it counts
	set   uint64    // the message that says so; 0 where there is none
	bytes int64     // of all that was read
}

// read reads all of a bucket. What is stored meanwhile may be read or not.
func (b *bucket) read(ctx context.Context) (*contents, error) {
	s := b.sieve()
	if err := b.engine.scan(ctx, b.stream, func(m message) error { s.add(m); return nil }); err != nil {
		return nil, err
	}
	c, err := s.sift()
	if err == nil && b.engine.marks != nil {
		b.engine.marks.note(b.stream, markOf(c))
	}
	return c, err
}

// A sieve finds out which of a bucket's messages count.
type sieve struct {
	*bucket
	all    contents
	latest map[string]message // by subject
}

func (b *bucket) sieve() *sieve { return &sieve{bucket: b, latest: map[string]message{}} }

// add takes a message of the bucket, in any order.
func (s *sieve) add(m message) {
	s.all.last = max(s.all.last, m.Seq)
	s.all.bytes += int64(len(m.Subject) + len(m.Data) + messageOverhead)
	if s.all.first == 0 || m.Seq < s.all.first {
		s.all.first = m.Seq
	}
	if m.Seq > s.latest[m.Subject].Seq {
		s.latest[m.Subject] = m
	}
}

// sift returns what counts of all that was added. It is called once.
func (s *sieve) sift() (*contents, error) {
	c := &s.all
	if m, ok := s.latest[s.floor]; ok {
		var mark floorMark
		if err := json.Unmarshal(m.Data, &mark); err != nil || mark.From > m.Seq {
			return nil, fmt.Errorf("stream %s: its floor cannot be read: %q", s.stream, m.Data)
		}
		c.floor, c.set = mark.From, m.Seq
		delete(s.latest, s.floor)
	}
	maps.DeleteFunc(s.latest, func(_ string, m message) bool { return m.Seq < c.floor })
	c.rows = slices.SortedFunc(maps.Values(s.latest), func(x, y message) int { return cmp.Compare(x.Seq, y.Seq) })
	return c, nil
}

// live returns the rows that are there.
func (c *contents) live() []message {
	return slices.DeleteFunc(slices.Clone(c.rows), isMarker)
}

func isMarker(m message) bool { return len(m.Data) == 0 }

// compact removes the markers that may go, and what they cover, once there are many or
// old ones.
//
// It writes anew the rows below the floor that is to be, each only where that is the
// latest of its subject still, then the floor, and then drops what is below it. Killed
// before the floor is stored it has changed no row; afterwards, all that counts is above.
// Others may write to the bucket meanwhile, and compact it, too.
func (b *bucket) compact(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, compactTime)
	defer cancel()
	c, err := b.read(ctx)
	if err != nil {
		return err
	}
	if floor := b.nextFloor(c); floor > 0 {
		if err := b.raise(ctx, c, floor); err != nil {
			return err
		}
		c.floor = floor
	}
	if c.first == 0 || c.first >= c.floor {
		return nil
	}
	if err := b.engine.sync(b.stream); err != nil { // a power cut must not take what is above
		return err
	}
	drop := func() error { return b.engine.dropBelow(ctx, b.stream, c.floor) }
	if b.engine.marks == nil {
		return drop()
	}
	return b.engine.marks.shorten(b.stream, drop)
}

// nextFloor returns where the floor is to be, or 0 where it need not be raised.
func (b *bucket) nextFloor(c *contents) uint64 {
	old := time.Now().Add(-strikeTime)
	pressed := b.most > 0 && c.bytes > b.most
	if pressed {
		old = time.Now().Add(-pressedTime)
	}
	floor := c.last + 1
	if !b.engine.inside() { // others may have to learn of what is younger
		for _, m := range slices.Backward(c.rows) {
			if m.Time.After(old) {
				floor = m.Seq
			}
		}
	}
	markers, due := 0, false
	for _, m := range c.rows {
		if isMarker(m) && m.Seq < floor {
			markers++
			due = due || m.Time.Before(old)
		}
	}
	if due || pressed && markers > 0 || markers >= max(leastMarkers, len(c.rows)-markers) {
		return floor
	}
	return 0
}

// raise writes anew what is to stay of the rows below a floor, and stores the floor.
func (b *bucket) raise(ctx context.Context, c *contents, floor uint64) error {
	var below []*nats.Msg
	for _, m := range c.live() {
		if m.Seq < floor {
			below = append(below, onlyAfter(m.Subject, m.Data, m.Seq))
		}
	}
	if err := b.engine.publishOnly(ctx, below); err != nil { // a later row is above the floor
		return err
	}
	mark, err := json.Marshal(floorMark{From: floor})
	if err != nil {
		return err
	}
	return b.engine.publishAll(ctx, []*nats.Msg{onlyAfter(b.floor, mark, c.set)})[0].err
}

// onlyAfter returns a message that is stored only where the latest of its subject has
// a number.
func onlyAfter(subject string, data []byte, seq uint64) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = data
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, fmt.Sprint(seq))
	return m
}

// isOvertaken reports whether a message of [onlyAfter] was not stored because there is a
// later one.
func isOvertaken(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) // of a cluster
}

// dropBelow removes all messages of a stream that are before one.
func (e *engine) dropBelow(ctx context.Context, stream string, seq uint64) error {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	return s.Purge(ctx, jetstream.WithPurgeSequence(seq))
}

// onDisk has what the server in this process holds of a stream written to the disk, and returns
// up to where that is of its last block. It is an error where the server removed files meanwhile:
// then not all that there is may be on the disk.
func (e *engine) onDisk(stream string) (block uint32, size int64, err error) {
	sizes, err := blockSizes(e.folder(stream))
	if err != nil {
		return 0, 0, err
	}
	for number := range sizes {
		block = max(block, number)
	}
	return block, sizes[block], syncFiles(e.folder(stream))
}

// sync has what the server in this process holds of a stream written to the disk.
func (e *engine) sync(stream string) error {
	if !e.holds(stream) {
		return nil
	}
	err := syncFiles(e.folder(stream))
	if errors.Is(err, fs.ErrNotExist) { // the server removes files, too
		return nil
	}
	return err
}

// folder is where the server in this process keeps a stream.
func (e *engine) folder(stream string) string { return streamFolder(e.dir, stream) }

// tidyEvery is how often it is looked whether a bucket is to be compacted, and tidyPressed
// how often at most where one is full.
const (
	tidyEvery   = time.Hour
	tidyPressed = time.Minute
)

// press has it looked soon whether a bucket is to be compacted.
func (j *Journal) press() {
	select {
	case j.pressed <- struct{}{}:
	default:
	}
}

// tidy compacts the buckets now and then until the journal closes. What fails is tried
// again the next time.
func (j *Journal) tidy() {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		for _, b := range j.engine.buckets() {
			if err := b.compact(j.following); err != nil && j.following.Err() == nil {
				j.log.Debug("journal: what is struck out stays for now", "stream", b.stream, "err", err)
			}
		}
		if _, err := j.engine.keeps(j.following); err != nil && j.following.Err() == nil {
			j.log.Debug("journal: nobody knows what other nodes keep", "err", err)
		}
		rest := time.After(tidyPressed)
		select {
		case <-tick.C:
		case <-j.pressed:
			select {
			case <-rest:
			case <-j.following.Done():
			}
		case <-j.following.Done():
		}
		if j.following.Err() != nil {
			return
		}
	}
}
