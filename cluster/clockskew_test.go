package cluster

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/room"
)

// deliverHeartbeats delivers heartbeats of the node for d, by a clock that is ahead, with the
// given network delays in turn.
func (tl *testLink) deliverHeartbeats(d, ahead time.Duration, delays ...time.Duration) {
	for i := 0; d > 0; i++ {
		delay := delays[i%len(delays)]
		sent := time.Now().Add(ahead - delay)
		tl.dispatch(&nats.Msg{Subject: heartbeatSubject, Data: encode(heartbeat{Node: "n", Identity: "n.1", NodeInfo: *tl.info.Load(), Time: sent})})
		tl.checkPeers()
		time.Sleep(heartbeatInterval)
		d -= heartbeatInterval
	}
}

// A clock that is a second off is reported once, and again when it is right. Late heartbeats do
// not look like skew.
func TestClockSkew(t *testing.T) {
	const fast, slow, stuck = 2 * time.Millisecond, 700 * time.Millisecond, 5 * time.Second
	tests := []struct {
		name   string
		ahead  time.Duration
		delays []time.Duration
		log    string // "" means nothing
		skew   time.Duration
	}{
		{"right", 0, []time.Duration{fast}, "", fast},
		{"right, and a slow way", 0, []time.Duration{slow}, "", slow},
		{"right, and most beats come late", 0, []time.Duration{stuck, stuck, fast, stuck, stuck}, "", fast},
		{"a little ahead", 900 * time.Millisecond, []time.Duration{fast}, "", 898 * time.Millisecond},
		{"ahead", time.Hour, []time.Duration{fast, slow, stuck}, "ahead=59m59.998s", time.Hour - fast},
		{"behind", -time.Hour, []time.Duration{fast, slow, stuck}, "ahead=-1h0m0.002s", time.Hour + fast},
		{"a second ahead", time.Second + fast, []time.Duration{fast}, "ahead=1s", time.Second},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			e := newTestLink(t, fakeStore{})
			root, err := e.hub.Enter(t.Context(), room.ClientInfo{RequestedName: "root", Fingerprint: "K", Door: "ssh", Terminal: true})
			if err != nil {
				t.Fatal(err)
			}
			defer root.Leave(room.Quit)
			e.deliverHeartbeats(time.Second, 0, fast) // the node is known
			logged := e.captureLog()
			e.deliverHeartbeats(time.Minute, test.ahead, test.delays...)
			got := logged()
			if strings.Count(got, "\n") != min(1, len(test.log)) || !strings.Contains(got, test.log) {
				t.Errorf("%s: the log has %q, want %q", test.name, got, test.log)
			}
			if got := e.Status().Skew; got != test.skew {
				t.Errorf("%s: it is %v, want %v", test.name, got, test.skew)
			}
			told := false
			for _, one := range root.Take(make([]room.Item, 0, 64)) {
				told = told || noticeOf(one).Code == reply.ClocksDiffer
			}
			if told != (test.log != "") {
				t.Errorf("%s: an operator is told: %v", test.name, told)
			}
			if test.log == "" {
				return
			}
			e.deliverHeartbeats(time.Minute, 0, fast)
			if got := logged(); !strings.Contains(got, "agrees with this one's again") || e.Status().Skew != fast {
				t.Errorf("%s: after the correction the log has %q, and the skew is %v", test.name, got, e.Status().Skew)
			}
		})
	}
}

// After a suspended process receives everything at once, no clock is reported.
func TestStallIsNoSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		logged := e.captureLog()
		for range 5 {
			e.deliverHeartbeats(7*heartbeatInterval, 0, 0)
			var late []time.Time
			for range 4 {
				late = append(late, time.Now())
				time.Sleep(heartbeatInterval)
			}
			for _, sent := range late {
				e.dispatch(&nats.Msg{Subject: heartbeatSubject, Data: encode(heartbeat{Node: "n", Identity: "n.1", NodeInfo: *e.info.Load(), Time: sent})})
			}
		}
		if got := logged(); got != "" {
			t.Errorf("the log has %q", got)
		}
	})
}

// The median clock is right; of two, either may be.
func TestPlausibleClocks(t *testing.T) {
	const h = time.Hour
	tests := []struct {
		ahead       []time.Duration // of the other nodes
		least, most time.Duration
	}{
		{nil, 0, 0},
		{[]time.Duration{0}, 0, 0},
		{[]time.Duration{900 * time.Millisecond}, 0, 0},
		{[]time.Duration{h}, 0, h},
		{[]time.Duration{-h}, -h, 0},
		{[]time.Duration{0, h}, 0, 0},
		{[]time.Duration{-h, -h}, -h, -h},
		{[]time.Duration{h, h}, h, h},
		{[]time.Duration{-h, h}, 0, 0},
		{[]time.Duration{0, h, h}, 0, h},
	}
	for _, test := range tests {
		if least, most := plausibleClocks(test.ahead); least != test.least || most != test.most {
			t.Errorf("if the others are ahead by %v, the time is between %v and %v; want %v and %v", test.ahead, least, most, test.least, test.most)
		}
	}
}

// A ban does not end by a clock that is ahead, not even this node's, and ends on time once the
// clocks agree.
func TestBanUnderSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		enter := func(name, key string) (*room.Session, error) {
			return e.hub.Enter(t.Context(), room.ClientInfo{RequestedName: name, Fingerprint: ids.Fingerprint(key), Door: "ssh", Terminal: true})
		}
		root, err := enter("root", "K")
		if err != nil {
			t.Fatal(err)
		}
		defer root.Leave(room.Quit)
		bob, err := enter("bob", "B")
		if err != nil {
			t.Fatal(err)
		}
		command.NewRunner(root).HandleLine("/ban bob 10m", command.SlashSyntax)
		bob.Leave(room.Quit)
		e.deliverHeartbeats(9*time.Minute, -time.Hour, 0)
		e.deliverHeartbeats(9*time.Minute, -time.Hour, 0)
		command.NewRunner(root).HandleLine("/ban 192.0.2.77 1m", command.SlashSyntax) // this removes expired bans
		if _, err := enter("bob", "B"); err == nil {
			t.Error("the ban ended by the clock that is ahead")
		}
		e.deliverHeartbeats(time.Minute, 0, 0)
		if _, err := enter("bob", "B"); err != nil {
			t.Errorf("the ban has not ended although the clocks agree: %v", err)
		}
	})
}

// A node that starts with a clock that is ahead uses the others' from their first heartbeat on,
// and reports nobody before it is sure.
func TestSkewFromFirstHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		root, err := e.hub.Enter(t.Context(), room.ClientInfo{RequestedName: "root", Fingerprint: "K", Door: "ssh", Terminal: true})
		if err != nil {
			t.Fatal(err)
		}
		defer root.Leave(room.Quit)
		command.NewRunner(root).HandleLine("/ban 192.0.2.77 10m", command.SlashSyntax)
		time.Sleep(time.Hour - time.Minute)
		logged := e.captureLog()
		e.deliverHeartbeats(time.Second, -time.Hour, 0)
		_, err = e.hub.Enter(t.Context(), room.ClientInfo{RequestedName: "bob", Door: "ssh", Terminal: true, Remote: netip.MustParseAddr("192.0.2.77")})
		if err == nil {
			t.Error("the ban ended by the clock that is ahead")
		}
		if got := logged(); strings.Contains(got, "clock") {
			t.Errorf("the log has %q", got)
		}
	})
}
