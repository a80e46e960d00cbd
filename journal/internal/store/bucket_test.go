package store

import (
	"testing"
	"time"

	"teahouse/journal/internal/layout"
)

// A bucket is compacted when half of it is markers, or when one is older than any node needs.
// Other nodes keep what they may not have seen.
func TestNextFloor(t *testing.T) {
	t.Parallel()
	now, old := time.Now(), time.Now().Add(-2*markerRetention)
	contents := func(times ...time.Time) *layout.BucketContents {
		c := &layout.BucketContents{LastSeq: uint64(len(times))}
		for i, at := range times {
			c.Entries = append(c.Entries, layout.Message{Seq: uint64(i + 1), Time: at}) // without data: a marker
		}
		return c
	}
	many := make([]time.Time, MinMarkers)
	for i := range many {
		many[i] = now
	}
	for _, test := range []struct {
		what             string
		times            []time.Time
		embedded, remote uint64
	}{
		{"none", nil, 0, 0},
		{"few new ones", []time.Time{now, now}, 0, 0},
		{"many new ones", many, MinMarkers + 1, 0},
		{"an old one and new ones", []time.Time{old, now, now}, 4, 2},
	} {
		for url, want := range map[string]uint64{"": test.embedded, "nats://a": test.remote} {
			b := &Bucket{st: &Store{engine: &engine{Config: Config{URL: url}}}}
			if floor := b.nextFloor(contents(test.times...)); floor != want {
				t.Errorf("%s, at %q: %d, want %d", test.what, url, floor, want)
			}
		}
	}
}
