package journal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/room"
)

// of returns the index of a room.
func (xs *indexes) of(room string) (of *index) {
	xs.with(room, func(x *index) { of = x })
	return of
}

// events returns how many there are in all messages.
func (x *index) events() (n int) {
	for _, e := range x.entries {
		n += e.Events
	}
	return n
}

// What is beyond any of the limits goes, the oldest by time first; what is within all of
// them stays, and so do lines among many comings and goings.
func TestExcess(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	said := func(seq uint64, lines, bytes int) entry {
		return entry{Seq: seq, Last: start.Add(time.Duration(seq) * time.Minute), Lines: lines, Bytes: bytes, Events: lines}
	}
	moved := func(seq uint64, events int) entry {
		return entry{Seq: seq, Last: start.Add(time.Duration(seq) * time.Minute), Events: events}
	}
	forgot := moved(1, 1)
	forgot.Forgot = true
	rewritten := said(9, 2, 20)
	rewritten.Last = start
	for _, test := range []struct {
		what    string
		memory  room.Memory
		entries []entry
		want    []uint64
	}{
		{"as many lines as may be", room.Memory{Lines: 4}, []entry{said(1, 2, 20), said(2, 2, 20)}, nil},
		{"a part of a message is within them", room.Memory{Lines: 3}, []entry{said(1, 2, 20), said(2, 2, 20)}, nil},
		{"too many lines", room.Memory{Lines: 2}, []entry{said(1, 2, 20), said(2, 2, 20)}, []uint64{1}},
		{"one that was written anew", room.Memory{Lines: 2}, []entry{said(1, 2, 20), rewritten, said(10, 2, 2)}, []uint64{9, 1}},
		{"too many bytes", room.Memory{Lines: 9, Bytes: 20}, []entry{said(1, 2, 20), said(2, 2, 20)}, []uint64{1}},
		{"a part of a message is within the bytes", room.Memory{Lines: 9, Bytes: 21}, []entry{said(1, 2, 20), said(2, 2, 20)}, nil},
		{"too old", room.Memory{Lines: 9, Age: 9 * time.Minute}, []entry{said(1, 2, 20), said(2, 2, 20)}, []uint64{1}},
		{"many comings and goings", room.Memory{Lines: 9}, []entry{said(1, 2, 20), moved(2, 4000), moved(3, 1)}, []uint64{2}},
		{"not too many", room.Memory{Lines: 9}, []entry{said(1, 2, 20), moved(2, 4000)}, nil},
		{"somebody is forgotten", room.Memory{Lines: 9}, []entry{forgot, moved(2, 4001)}, []uint64{2}},
		{"nothing is to be remembered", room.Memory{}, []entry{said(1, 2, 20), moved(2, 1)}, []uint64{1, 2}},
	} {
		x := newIndex(slices.Clone(test.entries))
		if got := x.excess(test.memory, start.Add(11*time.Minute-time.Second), 9); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v goes, want %v", test.what, got, test.want)
		}
		var left []entry
		for _, e := range test.entries {
			if !slices.Contains(test.want, e.Seq) {
				left = append(left, e)
			}
		}
		if y := newIndex(left); x.lines != y.lines || x.bytes != y.bytes || x.moves != y.moves {
			t.Errorf("%s: it counts %d lines, %d bytes, %d moves", test.what, x.lines, x.bytes, x.moves)
		}
	}
}

// A room in which much is said pushes nothing out of the lobby's store, and is held to
// its own limits.
func TestLimitsOfEachRoom(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: room.Memory{Lines: 100, Bytes: 4000}}
	s := begin(t, c)
	if _, err := s.house.Learn(goRoom(time.Now()), func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	say(t, s.enter(t, "alice", aliceKey), "in the lobby")
	bob, _, err := s.house.Visit(room.Visitor{Name: "bob", Key: "B", Address: "192.0.2.7", Room: "go"})
	if err != nil {
		t.Fatal(err)
	}
	const lots, lot = 9, 40 // no more at once than the ring holds
	for i := range lots {
		for range lot {
			say(t, bob, fmt.Sprint(i, strings.Repeat("x", 3900)))
		}
		eventually(t, "it is kept", func() bool { return s.Status().Kept == uint64(2+(i+1)*lot) })
	}
	s.end(t)
	s = begin(t, c)
	if got := texts(s.said); !slices.Equal(got, []string{"in the lobby"}) {
		t.Errorf("the lobby has %q", got)
	}
	if n := s.indexes.of("go").lines; n < 1 || n > lot {
		t.Errorf("%d lines are stored of the other room", n)
	}
}

// A message that comes late in the stream, though what it holds is older, goes before those
// that are younger.
func TestIndexIsInOrderOfTime(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	var x index
	for seq, minute := range []int{5, 1, 3, 2, 4} {
		x.add(entry{Seq: uint64(seq), Last: start.Add(time.Duration(minute) * time.Minute), Lines: 1, Events: 1})
	}
	if got := x.excess(room.Memory{Lines: 1}, start, 9); !slices.Equal(got, []uint64{1, 3, 2, 4}) {
		t.Errorf("%v go", got)
	}
}
