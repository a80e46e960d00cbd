package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/command"
	"teahouse/internal/peers"
	"teahouse/room"
)

// Another node sends control sequences in every field of a user and a message: what users read
// has none of them.
func TestReceivedTextIsSanitized(t *testing.T) {
	const bad = "\x1b[2J"
	h := room.New(room.Config{})
	l := newLink(t, h)
	me, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "me", Door: "ssh", Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	defer me.Leave(room.Quit)
	who := room.UserInfo{SessionID: 7, Name: "ada", Address: bad, Person: bad}
	p := packet{Node: "n", Identity: "n.1", Seq: 1, Sessions: []peers.Session{{
		ID: 7, User: who, Fingerprint: bad, Door: bad, Client: bad, Since: time.Now(), NamedAt: time.Now(), Terminal: true,
		Away: time.Now(), AwayMessage: bad,
	}}, Events: []wireEvent{
		{Room: room.Lobby, Seq: 1, Time: time.Now(), Kind: "said", User: &who, Text: "hello" + bad, Verbatim: "hello" + bad},
		{Room: room.Lobby, Seq: 2, Time: time.Now(), Kind: "announced", Sentence: &sentence{Code: bad, Args: []argument{newArgument(bad)}}},
	}}
	l.peer("n").markAlive("n.1")
	l.peers["n"].synced = true
	l.handle(&nats.Msg{Subject: packetSubject("n"), Data: encode(p)})
	command.NewRunner(me).HandleLine("/whois ada", command.SlashSyntax)
	events := me.Take(make([]room.Item, 0, 64))
	if len(events) < 4 {
		t.Errorf("%d events are read", len(events))
	}
	for _, item := range events {
		e := eventOf(item)
		read := fmt.Sprintf("%+v %s %s %s %v", item, e.Text, e.Verbatim, e.Code, e.Args)
		if r, ok := item.(room.TextReply); ok {
			read += fmt.Sprint(r.Sentences())
		}
		if e.User != nil {
			read += fmt.Sprintf(" %+v", *e.User)
		}
		if strings.Contains(read, "\x1b") {
			t.Errorf("alice reads %q", read)
		}
	}
}
