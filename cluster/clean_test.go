package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// Another node sends what would play with people's terminals, in all there is to know of
// somebody and in all that somebody says: what people read has nothing of that.
func TestWhatOthersSendIsClean(t *testing.T) {
	const bad = "\x1b[2J"
	h := room.NewHouse()
	l := newLink(t, h)
	me, err := h.Enter(room.Visitor{Name: "me", Door: "ssh", Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	defer me.Leave(room.Quit)
	who := room.Who{ID: 7, Name: "ada", Address: bad, Key: bad}
	p := packet{Node: "n", Identity: "n.1", N: 1, Sessions: []room.Session{{
		ID: 7, Who: who, Fingerprint: bad, Door: bad, Client: bad, Since: time.Now(), Named: time.Now(), Terminal: true,
		Away: time.Now(), Why: bad,
	}}, Events: []event{
		{Room: room.Lobby, Seq: 1, Time: time.Now(), Kind: "said", Who: &who, Text: "hello" + bad, Verbatim: "hello" + bad},
		{Room: room.Lobby, Seq: 2, Time: time.Now(), Kind: "announced", Says: &sentence{Phrase: bad}},
	}}
	l.neighbour("n").there("n.1")
	l.neighbours["n"].known = true
	l.receive(&nats.Msg{Subject: feedSubject("n"), Data: encode(p)})
	me.Line("/whois ada", room.Slashed)
	events := me.Take(make([]*room.Event, 0, 64))
	if len(events) < 4 {
		t.Errorf("%d events are read", len(events))
	}
	for _, e := range events {
		read := fmt.Sprintf("%s %s %s %v %v", e.Text, e.Verbatim, e.Phrase, e.Args, e.Lines)
		if e.Who != nil {
			read += fmt.Sprintf(" %+v", *e.Who)
		}
		if strings.Contains(read, "\x1b") {
			t.Errorf("read is %q", read)
		}
	}
}
