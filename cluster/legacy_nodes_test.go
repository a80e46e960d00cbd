package cluster_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// A legacyNode is a node of the version before, named old, whose part the test plays.
type legacyNode struct {
	t    *testing.T
	conn *nats.Conn
	read map[string]*nats.Subscription
}

func newLegacyNode(t *testing.T, url string) *legacyNode {
	t.Helper()
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	o := &legacyNode{t: t, conn: conn, read: map[string]*nats.Subscription{}}
	for _, subject := range []string{"teahouse.beat", "teahouse.feed.*", "teahouse.again.old", "teahouse.said.old", "teahouse.to.old"} {
		if o.read[subject], err = conn.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (o *legacyNode) send(subject, data string) {
	o.t.Helper()
	if err := o.conn.PublishMsg(&nats.Msg{Subject: subject, Reply: "teahouse.said.old", Data: []byte(data)}); err != nil {
		o.t.Fatal(err)
	}
}

// expect returns the next message on a subject that has all parts.
func (o *legacyNode) expect(subject string, parts ...string) *nats.Msg {
	o.t.Helper()
	for {
		m, err := o.read[subject].NextMsg(waitTimeout)
		if err != nil {
			o.t.Fatalf("%s with %q: %v", subject, parts, err)
		}
		missing := false
		for _, part := range parts {
			missing = missing || !strings.Contains(string(m.Data), part)
		}
		if !missing {
			return m
		}
	}
}

// A node of the version before and a current one are one server: each hears what happens at the
// other, repeats what the other missed, and does what the other asks for. Beside a second
// current node, nothing comes twice.
func TestNodeOfVersionBefore(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	ada, bob := a.enter("ada", ""), b.enter("bob", "")
	ada.expect("+bob")
	b.expectOnline("ada")
	o := newLegacyNode(t, s.url(2))
	name, _ := a.journal.Identity()

	o.expect("teahouse.beat", `"node":"`+name+`"`, `"n":`)
	o.send("teahouse.beat", `{"node":"old","by":"old.1","n":1,"stored":0,"version":"v0","time":"`+time.Now().Format(time.RFC3339Nano)+`"}`)
	for range 2 { // both nodes ask
		asked := o.expect("teahouse.again.old", `{"after":0,"n":1`)
		o.send(asked.Reply, `{"node":"old","by":"old.1","ask":1,"part":1,"was":1,"events":[{"room":"lobby","seq":1,"time":"`+time.Now().Format(time.RFC3339Nano)+`","kind":"said","who":{"ID":7,"Name":"oz","Address":"","Key":"","Verified":false,"Unnamed":false,"Bot":false,"Away":false},"text":"an old line"}]}`)
		o.send(asked.Reply, `{"node":"old","by":"old.1","ask":1,"part":2,"all":true,"upto":1,"sessions":[{"id":7,"who":{"ID":7,"Name":"oz","Address":"","Key":"","Verified":false,"Unnamed":false,"Bot":false,"Away":false},"door":"ssh","since":"2026-11-30T18:00:00Z","terminal":true,"named":"2026-11-30T18:00:00Z"}]}`)
	}
	for _, u := range []*testUser{ada, bob} {
		u.expect("oz: an old line")
		u.expect("+oz")
	}

	ada.send("hello old world")
	o.expect("teahouse.feed.*", `"by":"`+name+`.`, `"kind":"said"`, `"who":{`, `"Name":"ada"`, "hello old world")
	o.send("teahouse.again."+name, `{"after":0,"n":3}`)
	o.expect("teahouse.said.old", `"ask":3`, `"was":`, "hello old world")
	o.expect("teahouse.said.old", `"all":true`, `"upto":`)

	go func() {
		m := o.expect("teahouse.to.old", `"session":7`, `"kind":"told"`, "psst")
		_ = m.Respond([]byte(`{"refused":{"code":"ignored","args":[{"text":"oz"}],"phrase":"%s is ignoring you. Nothing was sent."}}`))
	}()
	ada.send("/msg oz psst")
	ada.expect(testkit.English(reply.Ignored, "oz"))

	var sessions struct{ Sessions []struct{ ID uint64 } }
	o.send("teahouse.again."+name, `{"after":0,"n":4}`)
	if err := json.Unmarshal(o.expect("teahouse.said.old", `"ask":4`, `"all":true`).Data, &sessions); err != nil || len(sessions.Sessions) != 1 {
		t.Fatalf("%+v, %v", sessions, err)
	}
	kick, err := json.Marshal(map[string]any{"session": sessions.Sessions[0].ID, "sendAway": room.Kicked})
	if err != nil {
		t.Fatal(err)
	}
	m, err := o.conn.Request("teahouse.to."+name, kick, waitTimeout)
	if err != nil || strings.TrimSpace(string(m.Data)) != `{"wire":2}` {
		t.Errorf("the answer is %v, %v", m, err)
	}
	ada.expect("left: " + string(room.Kicked))
	bob.expect("-ada kicked")
	o.expect("teahouse.feed.*", `"left":"kicked"`)
	for line, want := range map[string]int{"oz: an old line": 1, "ada: hello old world": 1, "+oz": 1} {
		n := 0
		for _, read := range bob.lines() {
			if read == line {
				n++
			}
		}
		if n != want {
			t.Errorf("bob reads %d times %q", n, line)
		}
	}
}
