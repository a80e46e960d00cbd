package journal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"teahouse/internal/records"
)

// floorKey is what the floor of each bucket is stored under.
const floorKey = "floor"

// A bucketSpec is what is known of a bucket without reading it: see the documentation of the package.
type bucketSpec struct {
	stream   string
	floor    string // the subject under which its floor is stored
	maxBytes int64  // how many bytes it should have; 0 is no limit
}

func partitionBucketSpec(s records.Partition) bucketSpec {
	return bucketSpec{stream: partitionStream(s), floor: recordID{table: floorKey}.subjectIn(s), maxBytes: s.MaxBytes()}
}

func peopleBucketSpec() bucketSpec {
	return bucketSpec{stream: peopleStream, floor: peopleSubject(floorKey)}
}

// bucketSpecs returns those of all buckets.
func bucketSpecs() []bucketSpec {
	all := []bucketSpec{peopleBucketSpec()}
	for _, s := range partitions() {
		all = append(all, partitionBucketSpec(s))
	}
	return all
}

// A storedFloor is a floor as it is stored.
type storedFloor struct {
	From uint64 `json:"from"` // the first message that counts
}

// bucketContents are what was read of a bucket.
type bucketContents struct {
	entries  []message // those that count, in the order of the stream; markers among them
	firstSeq uint64    // the first message that the stream has, counting or not; 0 in an empty one
	lastSeq  uint64    // the last one
	floor    uint64    // nothing below it counts
	floorSeq uint64    // the message that says so; 0 where there is none
	bytes    int64     // of all that was read
}

// A bucketReader finds out which of a bucket's messages count.
type bucketReader struct {
	spec     bucketSpec
	contents bucketContents
	latest   map[string]message // by subject
}

func (s bucketSpec) newReader() *bucketReader {
	return &bucketReader{spec: s, latest: map[string]message{}}
}

// add takes a message of the bucket, in any order.
func (r *bucketReader) add(m message) {
	r.contents.lastSeq = max(r.contents.lastSeq, m.Seq)
	r.contents.bytes += int64(len(m.Subject) + len(m.Data) + messageOverhead)
	if r.contents.firstSeq == 0 || m.Seq < r.contents.firstSeq {
		r.contents.firstSeq = m.Seq
	}
	if m.Seq > r.latest[m.Subject].Seq {
		r.latest[m.Subject] = m
	}
}

// finish returns what counts of all that was added. It is called once.
func (r *bucketReader) finish() (*bucketContents, error) {
	c := &r.contents
	if m, ok := r.latest[r.spec.floor]; ok {
		var mark storedFloor
		if err := json.Unmarshal(m.Data, &mark); err != nil || mark.From > m.Seq {
			return nil, fmt.Errorf("stream %s: its floor cannot be read: %q", r.spec.stream, m.Data)
		}
		c.floor, c.floorSeq = mark.From, m.Seq
		delete(r.latest, r.spec.floor)
	}
	maps.DeleteFunc(r.latest, func(_ string, m message) bool { return m.Seq < c.floor })
	c.entries = slices.SortedFunc(maps.Values(r.latest), func(x, y message) int { return cmp.Compare(x.Seq, y.Seq) })
	return c, nil
}

// live returns the rows that are there.
func (c *bucketContents) live() []message {
	return slices.DeleteFunc(slices.Clone(c.entries), isDeleteMarker)
}

func isDeleteMarker(m message) bool { return len(m.Data) == 0 }

// lastBefore returns the last message that was stored until a moment.
func (c *bucketContents) lastBefore(t time.Time) (seq uint64) {
	for _, m := range c.entries {
		if !m.Time.After(t) {
			seq = max(seq, m.Seq)
		}
	}
	return seq
}
