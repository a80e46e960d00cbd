package layout

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"teahouse/internal/records"
)

// FloorKey is the key of each bucket's floor.
const FloorKey = "floor"

// A Bucket is what is known of a bucket without reading it, see the package documentation.
type Bucket struct {
	Stream   string
	Floor    string // subject of its floor
	MaxBytes int64  // intended maximum size; 0 means no limit
}

// PartitionBucket returns the bucket of a partition.
func PartitionBucket(p records.Partition) Bucket {
	return Bucket{Stream: PartitionStream(p), Floor: RecordID{Table: FloorKey}.SubjectIn(p), MaxBytes: p.MaxBytes()}
}

// PeopleBucket returns the bucket of known people.
func PeopleBucket() Bucket {
	return Bucket{Stream: PeopleStream, Floor: PeopleSubject(FloorKey)}
}

// Buckets returns all buckets.
func Buckets() []Bucket {
	all := []Bucket{PeopleBucket()}
	for _, p := range Partitions() {
		all = append(all, PartitionBucket(p))
	}
	return all
}

// BucketOf returns the bucket with a stream, of any version, or false if that stream is no
// bucket.
func BucketOf(stream string) (b Bucket, ok bool) {
	all := Buckets()
	for _, p := range LegacyPartitions() {
		all = append(all, PartitionBucket(p))
	}
	i := slices.IndexFunc(all, func(b Bucket) bool { return b.Stream == stream })
	if i < 0 {
		return Bucket{}, false
	}
	return all[i], true
}

// A StoredFloor is a floor as it is stored.
type StoredFloor struct {
	From uint64 `json:"from"` // first message that counts
}

// BucketContents is what was read of a bucket.
type BucketContents struct {
	Entries  []Message // those that count, in stream order, including markers
	FirstSeq uint64    // first message in the stream, counting or not; 0 if it is empty
	LastSeq  uint64    // last message
	Floor    uint64    // nothing below it counts
	FloorSeq uint64    // message that says so; 0 if there is none
	Bytes    int64     // of all that was read
}

// A BucketReader finds out which messages of a bucket count.
type BucketReader struct {
	spec     Bucket
	contents BucketContents
	latest   map[string]Message // by subject
}

// NewReader returns a reader without messages.
func (s Bucket) NewReader() *BucketReader {
	return &BucketReader{spec: s, latest: map[string]Message{}}
}

// Add adds a message of the bucket, in any order.
func (r *BucketReader) Add(m Message) {
	r.contents.LastSeq = max(r.contents.LastSeq, m.Seq)
	r.contents.Bytes += int64(len(m.Subject) + len(m.Data) + MessageOverhead)
	if r.contents.FirstSeq == 0 || m.Seq < r.contents.FirstSeq {
		r.contents.FirstSeq = m.Seq
	}
	if m.Seq > r.latest[m.Subject].Seq {
		r.latest[m.Subject] = m
	}
}

// Finish returns those of the added messages that count. Call it once.
func (r *BucketReader) Finish() (*BucketContents, error) {
	c := &r.contents
	if m, ok := r.latest[r.spec.Floor]; ok {
		var floor StoredFloor
		if err := json.Unmarshal(m.Data, &floor); err != nil || floor.From > m.Seq {
			return nil, fmt.Errorf("stream %s: its floor cannot be read: %q", r.spec.Stream, m.Data)
		}
		c.Floor, c.FloorSeq = floor.From, m.Seq
		delete(r.latest, r.spec.Floor)
	}
	maps.DeleteFunc(r.latest, func(_ string, m Message) bool { return m.Seq < c.Floor })
	c.Entries = slices.SortedFunc(maps.Values(r.latest), func(x, y Message) int { return cmp.Compare(x.Seq, y.Seq) })
	return c, nil
}

// Live returns the entries that are not deleted.
func (c *BucketContents) Live() []Message {
	return slices.DeleteFunc(slices.Clone(c.Entries), IsDeleteMarker)
}

// LiveUpgraded returns the entries that are not deleted, with their present subjects. Of a record
// that is there under an old name of its table, too, the later one counts, unless that is the
// marker under the old name: the record has moved.
func (c *BucketContents) LiveUpgraded() []Message {
	var upgraded []Message
	latest := map[string]uint64{} // by present subject
	for _, m := range c.Entries {
		before := m.Subject
		if m.Subject = PresentSubject(before); m.Subject != before && IsDeleteMarker(m) {
			continue
		}
		latest[m.Subject] = m.Seq
		upgraded = append(upgraded, m)
	}
	return slices.DeleteFunc(upgraded, func(m Message) bool { return IsDeleteMarker(m) || m.Seq < latest[m.Subject] })
}

// IsDeleteMarker reports whether a message says that its entry was deleted.
func IsDeleteMarker(m Message) bool { return len(m.Data) == 0 }

// LastBefore returns the last message stored no later than t.
func (c *BucketContents) LastBefore(t time.Time) (seq uint64) {
	for _, m := range c.Entries {
		if !m.Time.After(t) {
			seq = max(seq, m.Seq)
		}
	}
	return seq
}
