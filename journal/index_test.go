package journal

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// of returns the index of a room.
func (xs *indexes) of(room string) (of *index) {
	xs.with(ids.Room(room), func(x *index) { of = x })
	return of
}

// events returns the number of events in all messages.
func (x *index) events() (n int) {
	for _, e := range x.entries {
		n += e.Events
	}
	return n
}

// Whatever exceeds any limit is dropped, oldest first; what is within all limits stays, even a few
// lines among many joins and leaves.
func TestTakeExcess(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	said := func(seq uint64, lines, bytes int) indexEntry {
		return indexEntry{Seq: seq, Time: start.Add(time.Duration(seq) * time.Minute), Lines: lines, Bytes: bytes, Events: lines}
	}
	moved := func(seq uint64, events int) indexEntry {
		return indexEntry{Seq: seq, Time: start.Add(time.Duration(seq) * time.Minute), Events: events}
	}
	forgot := moved(1, 1)
	forgot.HasTombstone = true
	rewritten := said(9, 2, 20)
	rewritten.Time = start
	for _, test := range []struct {
		what    string
		memory  room.HistoryLimits
		entries []indexEntry
		want    []uint64
	}{
		{"as many lines as may be", room.HistoryLimits{Lines: 4}, []indexEntry{said(1, 2, 20), said(2, 2, 20)}, nil},
		{"a part of a message is within them", room.HistoryLimits{Lines: 3}, []indexEntry{said(1, 2, 20), said(2, 2, 20)}, nil},
		{"too many lines", room.HistoryLimits{Lines: 2}, []indexEntry{said(1, 2, 20), said(2, 2, 20)}, []uint64{1}},
		{"one that was written anew", room.HistoryLimits{Lines: 2}, []indexEntry{said(1, 2, 20), rewritten, said(10, 2, 2)}, []uint64{9, 1}},
		{"too many bytes", room.HistoryLimits{Lines: 9, Bytes: 20}, []indexEntry{said(1, 2, 20), said(2, 2, 20)}, []uint64{1}},
		{"a part of a message is within the bytes", room.HistoryLimits{Lines: 9, Bytes: 21}, []indexEntry{said(1, 2, 20), said(2, 2, 20)}, nil},
		{"too old", room.HistoryLimits{Lines: 9, Age: 9 * time.Minute}, []indexEntry{said(1, 2, 20), said(2, 2, 20)}, []uint64{1}},
		{"many comings and goings", room.HistoryLimits{Lines: 9}, []indexEntry{said(1, 2, 20), moved(2, 4000), moved(3, 1)}, []uint64{2}},
		{"not too many", room.HistoryLimits{Lines: 9}, []indexEntry{said(1, 2, 20), moved(2, 4000)}, nil},
		{"somebody is forgotten", room.HistoryLimits{Lines: 9}, []indexEntry{forgot, moved(2, 4001)}, []uint64{2}},
		{"nothing is to be remembered", room.HistoryLimits{}, []indexEntry{said(1, 2, 20), moved(2, 1)}, []uint64{1, 2}},
	} {
		x := newIndex(slices.Clone(test.entries))
		if got := x.takeExcess(test.memory, start.Add(11*time.Minute-time.Second), 9); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v is dropped, want %v", test.what, got, test.want)
		}
		var left []indexEntry
		for _, e := range test.entries {
			if !slices.Contains(test.want, e.Seq) {
				left = append(left, e)
			}
		}
		if y := newIndex(left); x.lines != y.lines || x.bytes != y.bytes || x.otherEvents != y.otherEvents {
			t.Errorf("%s: it counts %d lines, %d bytes, %d moves", test.what, x.lines, x.bytes, x.otherEvents)
		}
	}
}

// A busy room pushes nothing of the lobby out of the store, and is held to its own limits.
func TestLimitsOfEachRoom(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: room.HistoryLimits{Lines: 100, Bytes: 4000}}
	s := openServer(t, c)
	if _, err := s.hub.ApplyRemote(roomRecord(time.Now()), math.MaxUint64); err != nil {
		t.Fatal(err)
	}
	say(t, s.join(t, "alice", aliceKey), testkit.EnglishPart(reply.NoSuchStartRoom, 1))
	bob, _, err := s.hub.Exec(t.Context(), room.ClientInfo{RequestedName: "bob", Fingerprint: "B", Address: "192.0.2.7", Room: "go"})
	if err != nil {
		t.Fatal(err)
	}
	const lots, lot = 9, 40 // no more at once than the ring holds
	for i := range lots {
		for range lot {
			say(t, bob, fmt.Sprint(i, strings.Repeat("x", 3900)))
		}
		testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == uint64(2+(i+1)*lot) })
	}
	s.closeStored(t)
	s = openServer(t, c)
	if got := textsOf(s.said); !slices.Equal(got, []string{testkit.EnglishPart(reply.NoSuchStartRoom, 1)}) {
		t.Errorf("the lobby has %q", got)
	}
	if n := s.history.indexes.of("go").lines; n < 1 || n > lot {
		t.Errorf("%d lines are stored of the other room", n)
	}
}

// A message that comes late in the stream but holds older events is dropped before younger ones.
func TestIndexIsInOrderOfTime(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	var x index
	for seq, minute := range []int{5, 1, 3, 2, 4} {
		x.add(indexEntry{Seq: uint64(seq), Time: start.Add(time.Duration(minute) * time.Minute), Lines: 1, Events: 1})
	}
	if got := x.takeExcess(room.HistoryLimits{Lines: 1}, start, 9); !slices.Equal(got, []uint64{1, 3, 2, 4}) {
		t.Errorf("%v are dropped", got)
	}
}
