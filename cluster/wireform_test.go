package cluster

import (
	"encoding/json"
	"strings"
	"testing"
)

// Nodes of different versions are one server while they are upgraded one after the other, so what
// they send keeps its form: each message is read with all its fields, and sent the same.
func TestWireForm(t *testing.T) {
	tests := []struct {
		name    string
		message any
		sent    string
	}{
		{"a packet", &packet{}, `{"node":"n","identity":"n.1","seq":1,"events":[{"room":"lobby","seq":1,"time":"2026-11-30T18:00:00Z","kind":"said","user":{"session_id":7,"name":"ada","address":"192.0.2.1","person":"SHA256:ada","verified":true},"text":"hello","verbatim":"hello ","action":true},{"room":"lobby","seq":2,"time":"2026-11-30T18:00:00Z","kind":"announced","user":{"session_id":7,"name":"ada","address":"192.0.2.1","person":"SHA256:ada","verified":true},"sentence":{"code":"topic-set","args":[{"text":"ada"},{"text":"tea"}]}}],"sessions":[{"id":7,"user":{"session_id":7,"name":"ada","address":"192.0.2.1","person":"SHA256:ada","verified":true},"fingerprint":"SHA256:ada2","remote":"192.0.2.1","door":"ssh","client":"SSH-2.0-x","since":"2026-11-30T18:00:00Z","terminal":true,"no_direct":true,"scripted":true,"named_at":"2026-11-30T18:00:00Z","assigned":true,"away":"2026-11-30T18:00:00Z","away_message":"tea","rooms":["tea"],"following":"tea"},{"id":8,"user":{"session_id":8,"name":"bob","unnamed":true,"bot":true,"away":true},"door":"tcp","since":"2026-11-30T18:00:00Z","named_at":"2026-11-30T18:00:00Z","left_reason":"quit"}],"backfilled":{"identity":"m.1","after":2,"up_to":9}}`},
		{"a loss", &packet{}, `{"node":"n","identity":"n.1","seq":2,"lost":true}`},
		{"a repeated packet", &packet{}, `{"node":"n","identity":"n.1","events":[{"room":"lobby","seq":1,"time":"2026-11-30T18:00:00Z","kind":"said","user":{"session_id":7,"name":"ada","address":"192.0.2.1","person":"SHA256:ada","verified":true},"text":"hello","verbatim":"hello ","action":true}],"resend_id":1,"part":1,"resent_seq":1}`},
		{"a snapshot", &packet{}, `{"node":"n","identity":"n.1","sessions":[{"id":7,"user":{"session_id":7,"name":"ada","address":"192.0.2.1","person":"SHA256:ada","verified":true},"fingerprint":"SHA256:ada2","remote":"192.0.2.1","door":"ssh","client":"SSH-2.0-x","since":"2026-11-30T18:00:00Z","terminal":true,"no_direct":true,"scripted":true,"named_at":"2026-11-30T18:00:00Z","assigned":true,"away":"2026-11-30T18:00:00Z","away_message":"tea","rooms":["tea"],"following":"tea"}],"snapshot":true,"more":true,"up_to":4,"resend_id":1,"part":2}`},
		{"a heartbeat", &heartbeat{}, `{"node":"n","identity":"n.1","last_seq":4,"store_seq":9,"pending":2,"stored_up_to":3,"leaving":true,"version":"v0","flags":{"history":"100"},"time":"2026-11-30T18:00:00Z"}`},
		{"a request to repeat", &resendRequest{}, `{"after":2,"id":3}`},
		{"a private message", &request{}, `{"session_id":9223372036854775809,"event":{"time":"2026-11-30T18:00:00Z","kind":"told","user":{"session_id":7,"name":"ada","address":"192.0.2.1","person":"SHA256:ada","verified":true},"text":"hi"}}`},
		{"a notice", &request{}, `{"session_id":1,"event":{"time":"2026-11-30T18:00:00Z","kind":"noticed","user":{"session_id":7,"name":"ada","address":"192.0.2.1","person":"SHA256:ada","verified":true},"sentence":{"code":"topic-set","args":[{"text":"x"},{"number":3},{"time":"2026-11-30T18:00:00Z"},{"duration":60000000000}]}}}`},
		{"a command for a bot", &request{}, `{"session_id":1,"event":{"time":"2026-11-30T18:00:00Z","kind":"commanded","user":{"session_id":7,"name":"ada","address":"192.0.2.1","person":"SHA256:ada","verified":true},"text":"now","sentence":{"args":[{"text":"deploy"}]}}}`},
		{"a kick", &request{}, `{"session_id":1,"disconnect":"kicked","farewell":{"code":"ignored","args":[{"text":"x"}]}}`},
		{"no such session", &response{}, `{"gone":true}`},
		{"a refusal", &response{}, `{"refusal":{"code":"ignored","args":[{"text":"ada"}]}}`},
	}
	for _, test := range tests {
		if err := json.Unmarshal([]byte(test.sent), test.message); err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := strings.TrimSpace(string(encode(test.message))); got != test.sent {
			t.Errorf("%s is\n%s, want\n%s", test.name, got, test.sent)
		}
	}
}
