package cluster

import (
	"encoding/json"
	"maps"
	"reflect"
	"testing"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// legacyMessages returns a value of each type of message, and messages as the version before
// wrote them, with all fields.
func legacyMessages() []struct {
	name    string
	message any
	data    string
} {
	return []struct {
		name    string
		message any
		data    string
	}{
		{"a packet", &packet{}, `{"node":"n","by":"n.1","n":1,"events":[{"room":"lobby","seq":1,"time":"2026-11-30T18:00:00Z","kind":"said","who":{"ID":7,"Name":"ada","Address":"192.0.2.1","Key":"SHA256:ada","Verified":true,"Unnamed":false,"Bot":false,"Away":false},"text":"hello","verbatim":"hello ","action":true},{"room":"lobby","seq":2,"time":"2026-11-30T18:00:00Z","kind":"announced","who":{"ID":7,"Name":"ada","Address":"192.0.2.1","Key":"SHA256:ada","Verified":true,"Unnamed":false,"Bot":false,"Away":false},"says":{"code":"topic-set","args":[{"text":"ada"},{"text":"tea"}],"phrase":"%s set the topic: %s"}}],"sessions":[{"id":7,"who":{"ID":7,"Name":"ada","Address":"192.0.2.1","Key":"SHA256:ada","Verified":true,"Unnamed":false,"Bot":false,"Away":false},"key":"SHA256:ada2","remote":"192.0.2.1","door":"ssh","client":"SSH-2.0-x","since":"2026-11-30T18:00:00Z","terminal":true,"deaf":true,"patient":true,"named":"2026-11-30T18:00:00Z","given":true,"away":"2026-11-30T18:00:00Z","why":"tea","rooms":["tea"],"follows":"tea"},{"id":8,"who":{"ID":8,"Name":"bob","Address":"","Key":"","Verified":false,"Unnamed":true,"Bot":true,"Away":true},"door":"tcp","since":"2026-11-30T18:00:00Z","named":"2026-11-30T18:00:00Z","left":"quit"}],"saved":{"by":"m.1","after":2,"upto":9}}`},
		{"a loss", &packet{}, `{"node":"n","by":"n.1","n":2,"lost":true}`},
		{"a repeated packet", &packet{}, `{"node":"n","by":"n.1","events":[{"room":"lobby","seq":1,"time":"2026-11-30T18:00:00Z","kind":"said","who":{"ID":7,"Name":"ada","Address":"192.0.2.1","Key":"SHA256:ada","Verified":true,"Unnamed":false,"Bot":false,"Away":false},"text":"hello","verbatim":"hello ","action":true}],"ask":1,"part":1,"was":1}`},
		{"a snapshot", &packet{}, `{"node":"n","by":"n.1","sessions":[{"id":7,"who":{"ID":7,"Name":"ada","Address":"192.0.2.1","Key":"SHA256:ada","Verified":true,"Unnamed":false,"Bot":false,"Away":false},"key":"SHA256:ada2","remote":"192.0.2.1","door":"ssh","client":"SSH-2.0-x","since":"2026-11-30T18:00:00Z","terminal":true,"deaf":true,"patient":true,"named":"2026-11-30T18:00:00Z","given":true,"away":"2026-11-30T18:00:00Z","why":"tea","rooms":["tea"],"follows":"tea"}],"all":true,"more":true,"upto":4,"ask":1,"part":2}`},
		{"a heartbeat", &heartbeat{}, `{"node":"n","by":"n.1","n":4,"stored":9,"behind":2,"kept":3,"leaving":true,"version":"v0","flags":{"history":"100"},"time":"2026-11-30T18:00:00Z"}`},
		{"a request to repeat", &resendRequest{}, `{"after":2,"n":3}`},
		{"a private message", &request{}, `{"session":1,"event":{"time":"2026-11-30T18:00:00Z","kind":"told","who":{"ID":7,"Name":"ada","Address":"192.0.2.1","Key":"SHA256:ada","Verified":true,"Unnamed":false,"Bot":false,"Away":false},"text":"hi"}}`},
		{"a notice", &request{}, `{"session":1,"event":{"time":"2026-11-30T18:00:00Z","kind":"noticed","who":{"ID":7,"Name":"ada","Address":"192.0.2.1","Key":"SHA256:ada","Verified":true,"Unnamed":false,"Bot":false,"Away":false},"says":{"code":"topic-set","args":[{"text":"x"},{"number":3},{"moment":"2026-11-30T18:00:00Z"},{"span":60000000000}],"phrase":"%s set the topic: %s"}}}`},
		{"a command for a bot", &request{}, `{"session":1,"event":{"time":"2026-11-30T18:00:00Z","kind":"commanded","who":{"ID":7,"Name":"ada","Address":"192.0.2.1","Key":"SHA256:ada","Verified":true,"Unnamed":false,"Bot":false,"Away":false},"text":"now","says":{"args":[{"text":"deploy"}]}}}`},
		{"a kick", &request{}, `{"session":1,"sendAway":"kicked","farewell":{"code":"ignored","args":[{"text":"x"}],"phrase":"%s is ignoring you. Nothing was sent."}}`},
		{"no such session", &response{}, `{"gone":true}`},
		{"a refusal", &response{}, `{"refused":{"code":"ignored","args":[{"text":"ada"}],"phrase":"%s is ignoring you. Nothing was sent."}}`},
	}
}

// A message in the legacy form, as the version before wrote it, is read with all its fields: in
// the legacy form again it is the same.
func TestLegacyForm(t *testing.T) {
	for _, one := range legacyMessages() {
		if err := decodeFrom(true, []byte(one.data), one.message); err != nil {
			t.Errorf("%s: %v", one.name, err)
			continue
		}
		var want, got any
		if err := json.Unmarshal([]byte(one.data), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(encodeLegacy(one.message), &got); err != nil {
			t.Fatal(err)
		}
		delete(got.(map[string]any), wireField)
		if want, got = withoutZeros(want), withoutZeros(got); !reflect.DeepEqual(want, got) {
			t.Errorf("%s is\n%v, want\n%v", one.name, got, want)
		}
	}
}

// withoutZeros returns a JSON value without the fields that say nothing.
func withoutZeros(value any) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = withoutZeros(value[i])
		}
	case map[string]any:
		for name := range value {
			value[name] = withoutZeros(value[name])
		}
		maps.DeleteFunc(value, func(_ string, v any) bool { return v == nil || reflect.ValueOf(v).IsZero() })
	}
	return value
}

// Numbers beyond what a float can hold survive the legacy form: they are the IDs of sessions.
func TestLegacyNumbers(t *testing.T) {
	var read request
	if err := decodeFrom(true, encodeLegacy(&request{SessionID: 1<<63 + 1}), &read); err != nil || read.SessionID != 1<<63+1 {
		t.Errorf("the session is %d, %v", read.SessionID, err)
	}
}

// An older node is recognized by its messages, and so is that it was upgraded. What current
// nodes publish for older nodes is ignored.
func TestLegacyPeer(t *testing.T) {
	l := newLink(t, room.NewHub())
	steps := []struct {
		name    string
		subject string
		data    []byte
		lastSeq uint64 // that is requested next
		legacy  bool
	}{
		{"an older node", legacyHeartbeatSubject, []byte(`{"node":"n","by":"n.1","n":1}`), 1, true},
		{"its packet", legacyFeedPrefix + "n", []byte(`{"node":"n","by":"n.1","n":2}`), 2, true},
		{"a current node", heartbeatSubject, encode(&heartbeat{Node: "n", Identity: "n.2", LastSeq: 5}), 5, false},
		{"its heartbeat for others", legacyHeartbeatSubject, encodeLegacy(&heartbeat{Node: "n", Identity: "n.2", LastSeq: 6}), 5, false},
		{"its packet for others", legacyFeedPrefix + "n", encodeLegacy(&packet{Node: "n", Identity: "n.2", Seq: 6}), 5, false},
		{"its packet", packetSubject("n"), encode(&packet{Node: "n", Identity: "n.2", Seq: 6}), 6, false},
		{"the older one again", legacyFeedPrefix + "n", []byte(`{"node":"n","by":"n.3","n":1}`), 1, true},
	}
	for _, step := range steps {
		l.handle(&nats.Msg{Subject: step.subject, Data: step.data})
		n := l.peers["n"]
		if n == nil {
			t.Fatalf("%s: no node is known", step.name)
		}
		if !n.synced { // the answer to its request
			n.lastSeq, n.synced = step.lastSeq, true
		}
		if n.legacy.Load() != step.legacy || n.lastSeq != step.lastSeq || l.hasLegacyPeers() != step.legacy {
			t.Errorf("%s: legacy is %v, and packet %d was the last", step.name, n.legacy.Load(), n.lastSeq)
		}
	}
}
