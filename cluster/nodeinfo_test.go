package cluster

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/reply"
	"teahouse/room"
)

// deliverInfo delivers a heartbeat of the node with its NodeInfo.
func (tl *testLink) deliverInfo(like NodeInfo) {
	tl.dispatch(&nats.Msg{Subject: heartbeatSubject, Data: encode(heartbeat{Node: "n", Identity: "n.1", NodeInfo: like})})
	tl.checkPeers()
}

// captureLog returns a function that returns what has been logged since its last call, without
// times.
func (tl *testLink) captureLog() func() string {
	var out bytes.Buffer
	tl.Link.log = log.New(&out)
	return func() string {
		defer out.Reset()
		return out.String()
	}
}

// A node of another version or with other flags is logged once, and again when that changes. It
// is counted as long as it answers.
func TestNodeInfoMismatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		logged := e.captureLog()
		e.SetInfo(NodeInfo{Version: "v1", Flags: map[string]string{"history-age": "90d", "invite-only": "false", "new": "1"}})
		same := NodeInfo{Version: "v1", Flags: map[string]string{"history-age": "90d", "invite-only": "false"}}
		shorter := NodeInfo{Version: "v1", Flags: map[string]string{"history-age": "1h", "invite-only": "false"}}
		closed := NodeInfo{Version: "v0", Flags: map[string]string{"history-age": "1h", "invite-only": "true", "old": "1"}}
		steps := []struct {
			name      string
			like      NodeInfo
			log       string // new lines, "" for none
			differing int
		}{
			{"the same", same, "", 0},
			{"a flag", shorter, "--history-age: 1h there, 90d here\"", 1},
			{"a flag still", shorter, "", 1},
			{"all", closed, `"version: v0 there, v1 here; --history-age: 1h there, 90d here; --invite-only: true there, false here"`, 1},
			{"the same again", same, "has the same version and flags as this one again", 0},
			{"nothing", NodeInfo{}, "version: ? there, v1 here", 1},
			{"the same once more", same, "has the same version and flags as this one again", 0},
			{"what none has", NodeInfo{Version: "v1\x1b[2J", Flags: map[string]string{"history-age": strings.Repeat("9", 99)}}, "version: ? there", 1},
		}
		for _, step := range steps {
			e.deliverInfo(step.like)
			if got := logged(); !strings.Contains(got, step.log) || (step.log == "") != (got == "") || strings.Contains(got, "\x1b") {
				t.Errorf("%s: the log has %q, want %q", step.name, got, step.log)
			}
			if got := e.Status().Mismatched; got != step.differing {
				t.Errorf("%s: %d nodes differ, want %d", step.name, got, step.differing)
			}
		}
		e.SetInfo(NodeInfo{Version: "?"})
		e.deliverInfo(NodeInfo{Version: "?"})
		if got := e.Status().Mismatched; got != 0 {
			t.Errorf("the node has become the same, but still counts as different")
		}
		e.deliverInfo(closed)
		e.advance(2 * peers.Timeout)
		e.checkPeers()
		if got := e.Status().Mismatched; got != 0 {
			t.Errorf("a node that does not answer counts as different")
		}
	})
}

// Operators who are online are told, and nobody else.
func TestMismatchAlertsOperators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		enter := func(name, key string) *room.Session {
			u, err := e.hub.Enter(t.Context(), room.ClientInfo{RequestedName: name, Fingerprint: ids.Fingerprint(key), Door: "ssh", Terminal: true})
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		told := func(u *room.Session) (told []any) {
			for _, one := range u.Take(make([]room.Item, 0, 64)) {
				if n := noticeOf(one); n.Code == reply.NodesDiffer {
					told = append(told, n.Args...)
				}
			}
			return told
		}
		root, bob := enter("root", "K"), enter("bob", "B")
		defer root.Leave(room.Quit)
		defer bob.Leave(room.Quit)
		e.deliverInfo(NodeInfo{Version: "v2"})
		e.deliverInfo(NodeInfo{Version: "v2"})
		if got := told(root); !slices.Equal(got, []any{"me", "n", "version"}) {
			t.Errorf("an operator is told of %v", got)
		}
		if got := told(bob); got != nil {
			t.Errorf("somebody else is told of %v", got)
		}
	})
}
