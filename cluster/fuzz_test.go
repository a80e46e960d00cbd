package cluster

import (
	"context"
	"io"
	"math"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/text"
	"teahouse/room"
)

// A nopStore is an empty store.
type nopStore struct{}

func (nopStore) Identity() (node, identity string)                          { return "me", "me.1" }
func (nopStore) LastEventRead() map[string]map[ids.Room]uint64              { return nil }
func (nopStore) LastSeq() uint64                                            { return 0 }
func (nopStore) StoredUpTo(ids.Room) uint64                                 { return math.MaxUint64 }
func (nopStore) BackfillAtClose(string, uint64, map[ids.Room][]*room.Event) {}
func (nopStore) Backfill(context.Context, string, ids.Room, []*room.Event) (uint64, error) {
	return 0, nil
}
func (nopStore) Pending() uint64         { return 0 }
func (nopStore) EventsUntilLoss() uint64 { return math.MaxUint64 }
func (nopStore) ReadAfter(context.Context, uint64, func(string, ids.Room, *room.Event)) (uint64, error) {
	return 0, nil
}
func (nopStore) CheckWritableVia(context.Context, *nats.Conn) (time.Time, error) {
	return time.Now(), nil
}

// newLink returns a Link without a connection, whose methods the test calls.
func newLink(t testing.TB, h *room.Hub) *Link {
	l := &Link{
		silence: silenceSince,
		hub:     h, feed: peers.NewFeed(h, "me"), store: nopStore{}, log: log.New(io.Discard), node: "me", identity: "me.1",
		incoming: make(chan *nats.Msg, 1), notices: make(chan notice, noticeBuffer), storeReads: make(chan *storeRead, 1),
		buf: make([]*room.Event, 0, maxPacketEvents), peers: map[string]*peer{}, hubPeers: peers.NewSet(h),
	}
	l.formerPeers = newPeer(l, formerPeersName)
	l.SetInfo(NodeInfo{Version: "v1"})
	l.ctx, l.cancel = context.WithCancel(t.Context())
	if err := l.connect(t.Context(), Config{URL: "nats://127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// Whatever another node sends, nothing breaks, and what users read is clean.
func FuzzReceive(f *testing.F) {
	f.Add(`{"node":"n","identity":"n.1","seq":1,"sessions":[{"id":7,"user":{"session_id":7,"name":"ada"},"door":"ssh","since":"2026-11-20T00:00:00Z","named_at":"2026-11-20T00:00:00Z","terminal":true,"rooms":["tea"]}],"events":[{"room":"lobby","seq":1,"time":"2026-11-20T00:00:00Z","kind":"said","user":{"session_id":7,"name":"ada"},"text":"hello"}]}`, uint8(0))
	f.Add(`{"node":"n","identity":"n.1","snapshot":true,"up_to":4,"sessions":[{"id":7,"user":{"session_id":7,"name":"me"},"left_reason":"quit"}]}`, uint8(0))
	f.Add(`{"node":"n","identity":"n.1","seq":1,"backfilled":{"identity":"m.1","after":2,"up_to":9}}`, uint8(0))
	f.Add(`{"node":"n","identity":"n.1","last_seq":4,"store_seq":9,"pending":2,"stored_up_to":3}`, uint8(1))
	f.Add(`{"node":"n","leaving":true}`, uint8(1))
	f.Add(`{"after":2}`, uint8(2))
	f.Add(`{"session_id":1,"event":{"time":"2026-11-20T00:00:00Z","kind":"told","user":{"name":"ada"},"text":"hi","sentence":{"code":"name-taken","args":[{"text":"x"}]}}}`, uint8(3))
	f.Add(`{"session_id":1,"disconnect":"kicked","farewell":{"code":"new","args":[{"number":1},{"time":"2026-11-20T00:00:00Z"},{"duration":2}]}}`, uint8(3))
	f.Fuzz(func(t *testing.T, data string, what uint8) {
		h := room.New(room.Config{})
		l := newLink(t, h)
		me, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "me", Door: "ssh", Terminal: true})
		if err != nil {
			t.Fatal(err)
		}
		l.publish()
		m := &nats.Msg{Data: []byte(data), Reply: "reply"}
		for range 2 {
			switch what % 4 {
			case 0:
				m.Subject = packetSubject("n")
				l.handle(m)
				if n := l.peers["n"]; n != nil { // after an answer
					n.synced, n.needsStore = true, false
				}
			case 1:
				m.Subject = heartbeatSubject
				l.handle(m)
			case 2:
				m.Subject = resendSubject("me")
				l.handle(m)
			case 3:
				m.Subject = requestSubject("me")
				l.handleRequest(m)
			}
		}
		l.tick()
		me.Leave(room.Quit)
		for buf := make([]room.Item, 0, 64); ; {
			events := me.Take(buf)
			for _, item := range events {
				e := eventOf(item)
				if !utf8.ValidString(e.Text) || text.CleanLines(e.Text) != e.Text || e.User != nil && text.Clean(e.User.Name) != e.User.Name {
					t.Fatalf("users read: %q says %q", e.User.Name, e.Text)
				}
			}
			if len(events) == 0 {
				break
			}
		}
	})
}

// A missed packet is requested, and repeated lines are applied once.
func TestResend(t *testing.T) {
	h := room.New(room.Config{})
	l := newLink(t, h)
	me, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "me", Door: "ssh", Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	defer me.Leave(room.Quit)
	line := func(seq uint64) wireEvent {
		return wireEvent{Room: room.Lobby, Seq: seq, Time: time.Now(), Kind: "said", User: &room.UserInfo{SessionID: 9, Name: "ada"}, Text: "line"}
	}
	send := func(p packet) {
		p.Node, p.Identity = "n", "n.1"
		l.handle(&nats.Msg{Subject: packetSubject("n"), Data: encode(p)})
	}
	heard := func(want int) {
		t.Helper()
		n := 0
		for _, e := range me.Take(make([]room.Item, 0, 64)) {
			if eventOf(e).Kind == room.Said {
				n++
			}
		}
		if n != want {
			t.Errorf("%d lines were applied, want %d", n, want)
		}
	}
	send(packet{Seq: 2, Events: []wireEvent{line(2)}}) // packet 1 is missing, so this must wait
	heard(0)
	send(packet{Events: []wireEvent{line(1)}, ResendID: 1, Part: 1})
	send(packet{Events: []wireEvent{line(2)}, ResendID: 1, Part: 2})
	send(packet{Snapshot: true, UpTo: 2, ResendID: 1, Part: 3})
	heard(2)
	send(packet{Seq: 2, Events: []wireEvent{line(2)}})
	send(packet{Seq: 3, Events: []wireEvent{line(3)}})
	heard(1)
	send(packet{Seq: 5, Events: []wireEvent{line(5)}})
	heard(0)
	if asked := l.Status().Resends; asked != 2 {
		t.Errorf("packets were requested %d times", asked)
	}
}

// An outbox repeats the packets that it has, and says that earlier ones are lost.
func TestOutbox(t *testing.T) {
	var o outbox
	for range maxPackets + 10 {
		o.add(&packet{})
	}
	if packets, lost := o.after(0); !lost || len(packets) != maxPackets || packets[0].Seq != 11 {
		t.Errorf("%d packets, lost %v", len(packets), lost)
	}
	if packets, lost := o.after(maxPackets + 8); lost || len(packets) != 2 {
		t.Errorf("%d packets, lost %v", len(packets), lost)
	}
	if packets, lost := o.after(maxPackets + 10); lost || packets != nil {
		t.Errorf("%d packets, lost %v", len(packets), lost)
	}
}
