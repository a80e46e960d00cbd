package cluster

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/peers"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// Another node sends events without fields, of kinds that rooms do not receive, or from the year
// 9999, and sessions of nobody. Users read the valid ones between them, with the current time,
// and the node goes on.
func TestIncompleteEvents(t *testing.T) {
	h := room.New(room.Config{})
	l := newLink(t, h)
	me, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "me", Door: "ssh", Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	defer me.Leave(room.Quit)
	at := time.Now()
	ada := &room.UserInfo{SessionID: 9, Name: "ada"}
	events := []wireEvent{
		{Seq: 1, Time: at, Kind: "said", User: ada, Text: "one"},
		{Seq: 2, Time: at, Kind: "said"},
		{Seq: 3, Time: at, Kind: "told", Text: "to nobody"},
		{Seq: 4, Time: at, Kind: "commanded"},
		{Seq: 5, Time: at, Kind: "announced", Sentence: &sentence{Code: reply.TopicSet}},
		{Seq: 6, Time: at, Kind: "announced"},
		{Seq: 7, Time: at, Kind: "forgot"},
		{Seq: 8, Kind: "said", User: ada, Text: "at no time"},
		{Seq: 9, Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), Kind: "said", User: ada, Text: "two"},
		{Seq: 10, Time: at, Kind: "said", User: ada, Text: strings.Repeat("x", 2*text.MaxBytes)},
	}
	for i := range events {
		events[i].Room = room.Lobby
	}
	sessions := []peers.Session{{}, {ID: 5}, {ID: 6, User: room.UserInfo{Name: "\x1b[2J"}}}
	l.handle(&nats.Msg{Subject: packetSubject("n"), Data: encode(packet{Node: "n", Identity: "n.1", Snapshot: true, ResendID: 1, Part: 1})})
	l.peers["n"].synced = true
	l.handle(&nats.Msg{Subject: packetSubject("n"), Data: encode(packet{Node: "n", Identity: "n.1", Seq: 1, Events: events, Sessions: sessions})})
	var read []string
	for _, item := range me.Take(make([]room.Item, 0, 64)) {
		e := eventOf(item)
		if e.Kind == room.Joined && e.User.SessionID == me.UserInfo().SessionID {
			continue
		}
		read = append(read, e.Text)
		if e.Kind != room.Said || time.Until(e.Time) > time.Minute || len(e.Text) > text.MaxBytes {
			t.Errorf("it reads %v of %v, %.20q", e.Kind, e.Time, e.Text)
		}
	}
	if len(read) != 3 || read[0] != "one" || read[1] != "two" {
		t.Errorf("it reads %.40q", read)
	}
	if failed := l.Status().Panics; failed > 0 {
		t.Errorf("%d messages caused a panic", failed)
	}
}

// A message that causes a panic is logged and counted, and the Link goes on.
func TestLinkSurvivesPanic(t *testing.T) {
	h := room.New(room.Config{})
	l := newLink(t, h)
	l.peers["n"] = nil // which no message can do
	l.withRecover("teahouse.packets.n", func() { l.peers["n"].check() })
	if failed := l.Status().Panics; failed != 1 {
		t.Errorf("%d messages caused a panic, want 1", failed)
	}
	delete(l.peers, "n")
	l.handle(&nats.Msg{Subject: heartbeatSubject, Data: encode(heartbeat{Node: "n", Identity: "n.1", LastSeq: 1})})
	if l.peers["n"] == nil {
		t.Error("the Link receives nothing any more")
	}
}

// A sender of endless node names does not fill the memory.
func TestPeersAreBounded(t *testing.T) {
	l := newLink(t, room.New(room.Config{}))
	for i := range 2 * maxPeers {
		l.handle(&nats.Msg{Subject: heartbeatSubject, Data: encode(heartbeat{Node: strings.Repeat("n", i), Identity: "x", LastSeq: 1})})
	}
	if n := len(l.peers); n > maxPeers || n < maxNodeLen-1 {
		t.Errorf("%d nodes are known", n)
	}
}
