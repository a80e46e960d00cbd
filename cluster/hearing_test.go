package cluster

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// A shelf is a store that has what a test puts there.
type shelf struct {
	nothing
	spare *uint64
	tail  func(ctx context.Context, after uint64, f func(string, string, *room.Event)) (uint64, error)
}

func (s shelf) Tail(ctx context.Context, after uint64, f func(string, string, *room.Event)) (uint64, error) {
	if s.tail == nil {
		return after, nil
	}
	return s.tail(ctx, after, f)
}

func (s shelf) Spare() uint64 {
	if s.spare == nil {
		return s.nothing.Spare()
	}
	return *s.spare
}

// An ear is a Link without a connection, of which the test is the other node, and a
// reader of its house.
type ear struct {
	*Link
	n    *neighbour
	t    *testing.T
	from *room.Followers
	read []string
	told []room.Phrase // what everybody was told by the house
}

func newEar(t *testing.T, s Store) *ear {
	h := room.NewHouse()
	h.Memory = room.Memory{Lines: 100_000}
	l := &Link{
		house: h, relay: h.Relay("me"), store: s, log: log.New(io.Discard), node: "me", identity: "me.1",
		incoming: make(chan *nats.Msg, 1), notices: make(chan outgoing, mostNotices), readings: make(chan *reading, 1), writers: make(chan *writers, 1),
		buf: make([]*room.Event, 0, takenAtOnce), neighbours: map[string]*neighbour{},
	}
	l.former = unheard(l, formerName)
	l.Resemble(Likeness{Version: "v1"})
	l.ctx, l.cancel = context.WithCancel(t.Context())
	t.Cleanup(func() { l.cancel(); l.running.Wait() })
	return &ear{Link: l, n: l.neighbour("n"), t: t, from: h.Follow()}
}

// hears has the node send packets, as process n.1 unless they say otherwise.
func (e *ear) hears(packets ...packet) {
	for _, p := range packets {
		p.Node = "n"
		if p.Identity == "" {
			p.Identity = "n.1"
		}
		e.n.receive(&p)
	}
}

// answers has it answer the last question, in parts.
func (e *ear) answers(packets ...packet) {
	for i, p := range packets {
		p.Ask, p.Part = e.n.ask, i+1
		e.hears(p)
	}
}

// has checks what was heard so far, of lines that are told by their number.
func (e *ear) has(want ...string) {
	e.t.Helper()
	for buf := make([]*room.Event, 0, 256); ; {
		where, events := e.from.Take(buf)
		if len(events) == 0 {
			break
		}
		for _, one := range events {
			switch one.Kind {
			case room.Said:
				e.read = append(e.read, where+" "+one.Text)
			case room.Announced:
				e.told = append(e.told, one.Phrase)
			}
		}
	}
	if !slices.Equal(e.read, want) {
		e.t.Errorf("heard %q, want %q", e.read, want)
	}
}

// waits lets time pass.
func (e *ear) waits(d time.Duration) {
	for ; d > 0; d -= glanceTime {
		e.n.glance()
		e.former.pay()
		e.lookForLate()
		time.Sleep(glanceTime)
		synctest.Wait()
		select {
		case r := <-e.readings:
			r.of.hearStored(r)
		case w := <-e.writers:
			e.oweLate(w)
		default:
		}
	}
}

func line(where string, seq uint64) event {
	return event{Room: where, Seq: seq, Time: time.Now(), Kind: "said", Who: &room.Who{ID: 7, Name: "ada"}, Text: fmt.Sprint(seq)}
}

func says(where string, seq uint64) []event { return []event{line(where, seq)} }

// stores returns a shelf with lines of a process in the lobby.
func stores(identity string, seqs ...uint64) shelf {
	return shelf{tail: func(_ context.Context, after uint64, f func(string, string, *room.Event)) (uint64, error) {
		for _, seq := range seqs {
			f(identity, "lobby", &room.Event{Seq: seq, Time: time.Now(), Kind: room.Said, Who: &room.Who{Name: "ada"}, Text: fmt.Sprint(seq)})
		}
		return 100, nil
	}}
}

// A part of an answer gets lost on the way: what comes after it does not count, and it is
// asked again.
func TestAnswerWithAHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		e.hears(packet{N: 3})
		e.hears(packet{Events: says("lobby", 1), Ask: 1, Part: 1}, packet{Events: says("lobby", 3), Ask: 1, Part: 3}, packet{All: true, Upto: 3, Ask: 1, Part: 4})
		e.has("lobby 1")
		e.waits(askTime + time.Second)
		e.answers(packet{Events: says("lobby", 1)}, packet{Events: says("lobby", 2)}, packet{Events: says("lobby", 3)}, packet{All: true, Upto: 3})
		e.has("lobby 1", "lobby 2", "lobby 3")
	})
}

// Much was missed: it is asked for in portions, and each goes on after the one before.
func TestAnswerInPortions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		e.hears(packet{N: 3})
		e.answers(packet{Events: says("lobby", 1)}, packet{Upto: 1})
		if e.n.ask != 2 || e.n.last != 1 || e.n.known {
			t.Errorf("question %d is for what comes after %d", e.n.ask, e.n.last)
		}
		e.answers(packet{Events: says("lobby", 2)}, packet{Events: says("lobby", 3)}, packet{All: true, Upto: 3})
		e.has("lobby 1", "lobby 2", "lobby 3")
	})
}

// While so much of what happened here is not stored yet that more would be lost, what was
// missed is not asked for, nor heard from the store: but not for longer than people would
// wait.
func TestMissedLinesWaitForTheJournal(t *testing.T) {
	for _, gone := range []bool{false, true} {
		for _, stuck := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				spare := uint64(answeredAtOnce - 1)
				s := stores("n.1", 2)
				s.spare = &spare
				e := newEar(t, s)
				e.hears(packet{N: 2})
				if gone {
					e.n.beaten(&beat{Node: "n", Identity: "n.1", N: 2, Leaving: true})
				}
				e.waits(holdTime - time.Second)
				if e.has(); e.n.ask > 0 {
					t.Fatal("it is asked for")
				}
				if !stuck {
					spare = answeredAtOnce
				}
				e.waits(2*time.Second + closeTime)
				if !gone && e.n.ask == 0 {
					t.Error("it is not asked for")
				}
				e.has("lobby 2")
			})
		}
	}
}

// A line waits for its room, which the book does not have here yet; what is said in other
// rooms does not wait for that, nor for a room that is closed, for long.
func TestLineOfAnUnknownRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		e.hears(packet{N: 1})
		e.answers(packet{All: true})
		e.hears(packet{N: 1, Events: says("tea", 1)})
		all := []packet{{Events: says("tea", 1)}, {Events: says("closed", 1)}, {Events: says("lobby", 1)}, {All: true, Upto: 3}}
		e.answers(all...)
		e.has("lobby 1")
		row := room.Row{Table: "rooms", Key: "tea", Value: []byte(`{"name":"tea","owner":"K"}`)}
		if _, err := e.house.Learn(row, func() bool { return false }); err != nil {
			t.Fatal(err)
		}
		e.waits(time.Second)
		e.answers(all...)
		e.has("lobby 1", "tea 1")
		for range 30 {
			e.waits(time.Second)
			e.answers(all...)
		}
		if !e.n.known || e.n.last != 3 {
			t.Error("it still waits for a room that is closed")
		}
	})
}

// There is more in the store than can be read at a time: it is read on from there.
func TestStoreIsReadInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lines = 70_000 // at 1 ms each
		e := newEar(t, shelf{tail: func(ctx context.Context, after uint64, f func(string, string, *room.Event)) (uint64, error) {
			for i := after; i < lines; i++ {
				select {
				case <-time.After(time.Millisecond):
				case <-ctx.Done():
					return i, ctx.Err()
				}
				f("n.1", "lobby", &room.Event{Seq: i + 1, Time: time.Now(), Kind: room.Said, Who: &room.Who{Name: "ada"}, Text: "x"})
			}
			return lines, nil
		}})
		e.hears(packet{N: 1})
		e.answers(packet{Lost: true})
		for range 150 {
			e.n.heardOf = time.Now()
			e.waits(time.Second)
		}
		if e.n.missing {
			t.Errorf("after %d times it is not read", e.looked.Load())
		}
	})
}

// A node ends, or is started again, before this one has heard its last lines: they are
// read in the store.
func TestEndWithAGap(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			e := newEar(t, stores("n.1", 1, 2, 3))
			e.hears(packet{N: 1})
			e.answers(packet{All: true})
			e.hears(packet{N: 1, Events: says("lobby", 1)})
			if leaves {
				e.n.beaten(&beat{Node: "n", Identity: "n.1", N: 3, Leaving: true})
			}
			e.hears(packet{Identity: "n.2", N: 1})
			e.hears(packet{Identity: "n.2", All: true, Ask: 1, Part: 1})
			e.waits(time.Second) // it has ended, or it could not be there again: nothing is stored any more
			e.has("lobby 1", "lobby 2", "lobby 3")
			e.hears(packet{Identity: "n.1", N: 2, Events: says("lobby", 2)}) // late
			e.has("lobby 1", "lobby 2", "lobby 3")
		})
	}
}

// The store has a part of what was said. A node that was silent, and for which it was
// read, can still say the rest.
func TestStoreBeforeOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, stores("n.1", 5, 4)) // which somebody's being forgotten has put out of order
		e.hears(packet{N: 1})
		e.answers(packet{All: true})
		e.waits(silentTime + 2*time.Second)
		e.has("lobby 4", "lobby 5")
		e.hears(packet{N: 9})
		e.answers(packet{Events: says("lobby", 3)}, packet{Events: says("lobby", 4)}, packet{Events: says("lobby", 5)}, packet{Events: says("lobby", 6)}, packet{All: true, Upto: 9})
		e.has("lobby 4", "lobby 5", "lobby 3", "lobby 6")
	})
}

// Sessions of people with much to say of themselves fit into a message.
func TestLargeSessions(t *testing.T) {
	name := ""
	for range 32 {
		name += "名"
	}
	s := room.Session{
		ID: 1 << 60, Who: room.Who{ID: 1 << 60, Name: name, Address: "192.0.2.1", Key: "SHA256:0123456789012345678901234567890123456789012"},
		Fingerprint: "SHA256:0123456789012345678901234567890123456789012", Door: "ssh", Client: "SSH-2.0-OpenSSH_9.6",
		Why: name + name, Since: time.Now(), Named: time.Now(), Away: time.Now(),
	}
	for range 10 {
		s.Rooms = append(s.Rooms, name)
	}
	p := &packet{}
	for range sessionsAtOnce {
		p.Sessions = append(p.Sessions, s)
	}
	if n := len(encode(p)); n > 1<<20 {
		t.Errorf("%d bytes", n)
	}
}

// A process that is new is told at once that this node is there, and not with the next
// beat: who comes in there must not be given a name that is taken here.
func TestWordForANewcomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		for _, identity := range []string{"n.1", "n.2"} {
			time.Sleep(time.Second)
			e.hears(packet{Identity: identity, N: 1})
			if !e.beaten.Equal(time.Now()) {
				t.Errorf("the last word to %s was %v ago", identity, time.Since(e.beaten))
			}
		}
	})
}
