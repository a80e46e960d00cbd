package cluster

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/room"
)

// A fakeStore is a store with contents that a test provides.
type fakeStore struct {
	nopStore
	spare     *uint64
	readAfter func(ctx context.Context, after uint64, f func(string, ids.Room, *room.Event)) (uint64, error)
}

func (s fakeStore) ReadAfter(ctx context.Context, after uint64, f func(string, ids.Room, *room.Event)) (uint64, error) {
	if s.readAfter == nil {
		return after, nil
	}
	return s.readAfter(ctx, after, f)
}

func (s fakeStore) EventsUntilLoss() uint64 {
	if s.spare == nil {
		return s.nopStore.EventsUntilLoss()
	}
	return *s.spare
}

// A testLink is a Link without a connection. The test plays the other node, and a reader of its
// hub, where the key K is an operator's.
type testLink struct {
	*Link
	other     *peer
	t         *testing.T
	events    *room.Subscription
	read      []string
	announced []reply.Code // announced to everybody
}

func newTestLink(t *testing.T, s Store) *testLink {
	h := room.New(room.Config{
		HistoryLimits: room.HistoryLimits{Lines: 100_000},
		IsOperatorKey: func(key ids.Fingerprint) bool { return key == "K" },
	})
	l := &Link{
		silence: silenceSince,
		hub:     h, feed: peers.NewFeed(h, "me"), store: s, log: log.New(io.Discard), node: "me", identity: "me.1",
		incoming: make(chan *nats.Msg, 1), notices: make(chan notice, noticeBuffer), storeReads: make(chan *storeRead, 1), lateWriters: make(chan *lateWriters, 1),
		buf: make([]*room.Event, 0, maxPacketEvents), peers: map[string]*peer{}, hubPeers: peers.NewSet(h),
	}
	l.formerPeers = newPeer(l, formerPeersName)
	l.SetInfo(NodeInfo{Version: "v1"})
	l.ctx, l.cancel = context.WithCancel(t.Context())
	t.Cleanup(func() { l.cancel(); l.wg.Wait() })
	return &testLink{Link: l, other: l.peer("n"), t: t, events: h.Subscribe()}
}

// deliverPackets delivers packets of the node, from process n.1 unless they say otherwise.
func (tl *testLink) deliverPackets(packets ...packet) {
	for _, p := range packets {
		p.Node = "n"
		if p.Identity == "" {
			p.Identity = "n.1"
		}
		tl.other.handlePacket(&p)
	}
}

// deliverResent delivers the answer to the last request, in parts.
func (tl *testLink) deliverResent(packets ...packet) {
	for i, p := range packets {
		p.ResendID, p.Part = tl.other.resendID, i+1
		tl.deliverPackets(p)
	}
}

// wantLines checks the lines received so far, by their numbers.
func (tl *testLink) wantLines(want ...string) {
	tl.t.Helper()
	for buf := make([]*room.Event, 0, 256); ; {
		where, events, _ := tl.events.Take(buf)
		if len(events) == 0 {
			break
		}
		for _, one := range events {
			switch one.Kind {
			case room.Said:
				tl.read = append(tl.read, string(where)+" "+one.Text)
			case room.Announced:
				tl.announced = append(tl.announced, one.Code)
			}
		}
	}
	if !slices.Equal(tl.read, want) {
		tl.t.Errorf("received %q, want %q", tl.read, want)
	}
}

// advance lets d pass.
func (tl *testLink) advance(d time.Duration) {
	for ; d > 0; d -= tickInterval {
		tl.other.check()
		tl.formerPeers.runCatchUp()
		tl.findLateWriters()
		time.Sleep(tickInterval)
		synctest.Wait()
		select {
		case r := <-tl.storeReads:
			r.peer.applyStoreRead(r)
		case w := <-tl.lateWriters:
			tl.catchUpLateWriters(w)
		default:
		}
	}
}

func testEvent(where string, seq uint64) wireEvent {
	return wireEvent{Room: ids.Room(where), Seq: seq, Time: time.Now(), Kind: "said", User: &room.UserInfo{SessionID: 7, Name: "ada"}, Text: fmt.Sprint(seq)}
}

func testEvents(where string, seq uint64) []wireEvent { return []wireEvent{testEvent(where, seq)} }

// storeWith returns a store with lines of a process in the lobby.
func storeWith(identity string, seqs ...uint64) fakeStore {
	return fakeStore{readAfter: func(_ context.Context, after uint64, f func(string, ids.Room, *room.Event)) (uint64, error) {
		for _, seq := range seqs {
			f(identity, "lobby", &room.Event{Seq: seq, Time: time.Now(), Kind: room.Said, User: &room.UserInfo{Name: "ada"}, Text: fmt.Sprint(seq)})
		}
		return 100, nil
	}}
}

// If a part of an answer is lost, the following ones do not count, and everything is requested
// again.
func TestResentPartLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		e.deliverPackets(packet{Seq: 3})
		e.deliverPackets(packet{Events: testEvents("lobby", 1), ResendID: 1, Part: 1}, packet{Events: testEvents("lobby", 3), ResendID: 1, Part: 3}, packet{Snapshot: true, UpTo: 3, ResendID: 1, Part: 4})
		e.wantLines("lobby 1")
		e.advance(resendTimeout + time.Second)
		e.deliverResent(packet{Events: testEvents("lobby", 1)}, packet{Events: testEvents("lobby", 2)}, packet{Events: testEvents("lobby", 3)}, packet{Snapshot: true, UpTo: 3})
		e.wantLines("lobby 1", "lobby 2", "lobby 3")
	})
}

// Many missed events are requested in portions, each after the one before.
func TestResendInPortions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		e.deliverPackets(packet{Seq: 3})
		e.deliverResent(packet{Events: testEvents("lobby", 1)}, packet{UpTo: 1})
		if e.other.resendID != 2 || e.other.lastSeq != 1 || e.other.synced {
			t.Errorf("request %d is for what comes after packet %d", e.other.resendID, e.other.lastSeq)
		}
		e.deliverResent(packet{Events: testEvents("lobby", 2)}, packet{Events: testEvents("lobby", 3)}, packet{Snapshot: true, UpTo: 3})
		e.wantLines("lobby 1", "lobby 2", "lobby 3")
	})
}

// While so many local events are not stored yet that more would push them out of the ring, missed
// events are neither requested nor read from the store, but not for longer than users would wait.
func TestCatchUpWaitsForJournal(t *testing.T) {
	for _, gone := range []bool{false, true} {
		for _, stuck := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				spare := uint64(maxResendEvents - 1)
				s := storeWith("n.1", 2)
				s.spare = &spare
				e := newTestLink(t, s)
				e.deliverPackets(packet{Seq: 2})
				if gone {
					e.other.handleHeartbeat(&heartbeat{Node: "n", Identity: "n.1", LastSeq: 2, Leaving: true})
				}
				e.advance(maxHoldTime - time.Second)
				if e.wantLines(); e.other.resendID > 0 {
					t.Fatal("missed events are requested although the journal is behind")
				}
				if !stuck {
					spare = maxResendEvents
				}
				e.advance(2*time.Second + journalCloseTimeout)
				if !gone && e.other.resendID == 0 {
					t.Error("missed events are not requested")
				}
				e.wantLines("lobby 2")
			})
		}
	}
}

// A line waits for its room, whose record has not arrived here yet. Lines in other rooms do not
// wait for that, nor for long for a room that was closed.
func TestLineForUnknownRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		e.deliverPackets(packet{Seq: 1})
		e.deliverResent(packet{Snapshot: true})
		e.deliverPackets(packet{Seq: 1, Events: testEvents("tea", 1)})
		all := []packet{{Events: testEvents("tea", 1)}, {Events: testEvents("closed", 1)}, {Events: testEvents("lobby", 1)}, {Snapshot: true, UpTo: 3}}
		e.deliverResent(all...)
		e.wantLines("lobby 1")
		record := records.Record{Table: "rooms", Key: "tea", Value: []byte(`{"name":"tea","owner":"K"}`)}
		if _, err := e.hub.ApplyRemote(record, math.MaxUint64); err != nil {
			t.Fatal(err)
		}
		e.advance(time.Second)
		e.deliverResent(all...)
		e.wantLines("lobby 1", "tea 1")
		for range 30 {
			e.advance(time.Second)
			e.deliverResent(all...)
		}
		if !e.other.synced || e.other.lastSeq != 3 {
			t.Error("a line still waits for a room that was closed")
		}
	})
}

// If the store has more than can be read at a time, reading continues from there.
func TestCatchUpInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lines = 70_000 // at 1 ms each
		e := newTestLink(t, fakeStore{readAfter: func(ctx context.Context, after uint64, f func(string, ids.Room, *room.Event)) (uint64, error) {
			for i := after; i < lines; i++ {
				select {
				case <-time.After(time.Millisecond):
				case <-ctx.Done():
					return i, ctx.Err()
				}
				f("n.1", "lobby", &room.Event{Seq: i + 1, Time: time.Now(), Kind: room.Said, User: &room.UserInfo{Name: "ada"}, Text: "x"})
			}
			return lines, nil
		}})
		e.deliverPackets(packet{Seq: 1})
		e.deliverResent(packet{Lost: true})
		for range 150 {
			e.other.lastHeard = time.Now()
			e.advance(time.Second)
		}
		if e.other.needsStore {
			t.Errorf("after %d reads of the store lines are still missing", e.catchUps.Load())
		}
	})
}

// A node stops, or is restarted, before this one has received its last lines: they are read from
// the store.
func TestPeerEndsWithGap(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			e := newTestLink(t, storeWith("n.1", 1, 2, 3))
			e.deliverPackets(packet{Seq: 1})
			e.deliverResent(packet{Snapshot: true})
			e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
			if leaves {
				e.other.handleHeartbeat(&heartbeat{Node: "n", Identity: "n.1", LastSeq: 3, Leaving: true})
			}
			e.deliverPackets(packet{Identity: "n.2", Seq: 1})
			e.deliverPackets(packet{Identity: "n.2", Snapshot: true, ResendID: 1, Part: 1})
			e.advance(time.Second) // the earlier process has ended, so nothing more is stored
			e.wantLines("lobby 1", "lobby 2", "lobby 3")
			e.deliverPackets(packet{Identity: "n.1", Seq: 2, Events: testEvents("lobby", 2)}) // late
			e.wantLines("lobby 1", "lobby 2", "lobby 3")
		})
	}
}

// A node was silent and the store was read for it. The store has only part of what it said; the
// node itself still sends the rest.
func TestResendAfterCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, storeWith("n.1", 5, 4)) // out of order, because somebody was forgotten
		e.deliverPackets(packet{Seq: 1})
		e.deliverResent(packet{Snapshot: true})
		e.advance(silenceTimeout + 2*time.Second)
		e.wantLines("lobby 4", "lobby 5")
		e.deliverPackets(packet{Seq: 9})
		e.deliverResent(packet{Events: testEvents("lobby", 3)}, packet{Events: testEvents("lobby", 4)}, packet{Events: testEvents("lobby", 5)}, packet{Events: testEvents("lobby", 6)}, packet{Snapshot: true, UpTo: 9})
		e.wantLines("lobby 4", "lobby 5", "lobby 3", "lobby 6")
	})
}

// Sessions with long descriptions fit into a message.
func TestLargeSessions(t *testing.T) {
	name := ""
	for range 32 {
		name += "名"
	}
	s := peers.Session{
		ID: 1 << 60, User: room.UserInfo{SessionID: 1 << 60, Name: name, Address: "192.0.2.1", Person: "SHA256:0123456789012345678901234567890123456789012"},
		Fingerprint: "SHA256:0123456789012345678901234567890123456789012", Door: "ssh", Client: "SSH-2.0-OpenSSH_9.6",
		AwayMessage: name + name, Since: time.Now(), NamedAt: time.Now(), Away: time.Now(),
	}
	for range 10 {
		s.Rooms = append(s.Rooms, ids.Room(name))
	}
	p := &packet{}
	for range maxPacketSessions {
		p.Sessions = append(p.Sessions, s)
	}
	if n := len(encode(p)); n > 1<<20 {
		t.Errorf("%d bytes", n)
	}
}

// A new process is told at once that this node is running, before the next heartbeat is due: a
// user who connects there must not be given a name that is taken here.
func TestHeartbeatOnNewPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		for _, identity := range []string{"n.1", "n.2"} {
			time.Sleep(time.Second)
			e.deliverPackets(packet{Identity: identity, Seq: 1})
			if !e.lastHeartbeat.Equal(time.Now()) {
				t.Errorf("the last heartbeat for %s was %v ago", identity, time.Since(e.lastHeartbeat))
			}
		}
	})
}
