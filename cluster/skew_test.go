package cluster

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// ticks has the node say for some time that it is there, by a clock that is ahead, with beats
// that are on their way for some time, in turn.
func (e *ear) ticks(d, ahead time.Duration, delays ...time.Duration) {
	for i := 0; d > 0; i++ {
		delay := delays[i%len(delays)]
		sent := time.Now().Add(ahead - delay)
		e.hear(&nats.Msg{Subject: beatSubject, Data: encode(beat{Node: "n", Identity: "n.1", Likeness: *e.like.Load(), Time: sent})})
		e.count()
		time.Sleep(beatTime)
		d -= beatTime
	}
}

// A clock that is a second off is told of, once, and when it is right again; beats that come
// late are not taken for that.
func TestSkew(t *testing.T) {
	const fast, slow, stuck = 2 * time.Millisecond, 700 * time.Millisecond, 5 * time.Second
	tests := []struct {
		name   string
		ahead  time.Duration
		delays []time.Duration
		log    string // "" for nothing
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
			e := newEar(t, shelf{})
			e.house.Operator = func(key string) bool { return key == "K" }
			root, err := e.house.Enter(room.Visitor{Name: "root", Key: "K", Door: "ssh", Terminal: true})
			if err != nil {
				t.Fatal(err)
			}
			defer root.Leave(room.Quit)
			e.ticks(time.Second, 0, fast) // the node is known
			logged := e.logged()
			e.ticks(time.Minute, test.ahead, test.delays...)
			got := logged()
			if strings.Count(got, "\n") != min(1, len(test.log)) || !strings.Contains(got, test.log) {
				t.Errorf("%s: the log has %q, want %q", test.name, got, test.log)
			}
			if got := e.Status().Skew; got != test.skew {
				t.Errorf("%s: it is %v, want %v", test.name, got, test.skew)
			}
			told := false
			for _, one := range root.Take(make([]*room.Event, 0, 64)) {
				told = told || one.Phrase == room.ClocksDiffer
			}
			if told != (test.log != "") {
				t.Errorf("%s: an operator is told: %v", test.name, told)
			}
			if test.log == "" {
				return
			}
			e.ticks(time.Minute, 0, fast)
			if got := logged(); !strings.Contains(got, "agrees with this one's again") || e.Status().Skew != fast {
				t.Errorf("%s: once it is right the log has %q, and it is %v", test.name, got, e.Status().Skew)
			}
		})
	}
}

// This process stands still for a while, and hears at once what came meanwhile: no clock is off.
func TestStandstillIsNoSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		logged := e.logged()
		for range 5 {
			e.ticks(7*beatTime, 0, 0)
			var late []time.Time
			for range 4 {
				late = append(late, time.Now())
				time.Sleep(beatTime)
			}
			for _, sent := range late {
				e.hear(&nats.Msg{Subject: beatSubject, Data: encode(beat{Node: "n", Identity: "n.1", Likeness: *e.like.Load(), Time: sent})})
			}
		}
		if got := logged(); got != "" {
			t.Errorf("the log has %q", got)
		}
	})
}

// The clock in the middle is right; of two either may be.
func TestClocks(t *testing.T) {
	const h = time.Hour
	tests := []struct {
		ahead       []time.Duration // of the others
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
		if least, most := clocks(test.ahead); least != test.least || most != test.most {
			t.Errorf("where the others are ahead by %v, it is between %v and %v; want %v and %v", test.ahead, least, most, test.least, test.most)
		}
	}
}

// A ban ends by no clock that is ahead, be it this node's, and lasts no longer once the clocks agree.
func TestBanAndSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		e.house.Operator = func(key string) bool { return key == "K" }
		enter := func(name, key string) (*room.User, error) {
			return e.house.Enter(room.Visitor{Name: name, Key: key, Door: "ssh", Terminal: true})
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
		root.Line("/ban bob 10m", room.Slashed)
		bob.Leave(room.Quit)
		e.ticks(9*time.Minute, -time.Hour, 0)
		e.ticks(9*time.Minute, -time.Hour, 0)
		root.Line("/ban 192.0.2.77 1m", room.Slashed) // which has what is over be struck out
		if _, err := enter("bob", "B"); err == nil {
			t.Error("the ban is over by the clock that is ahead")
		}
		e.ticks(time.Minute, 0, 0)
		if _, err := enter("bob", "B"); err != nil {
			t.Errorf("once the clocks agree it is not over: %v", err)
		}
	})
}

// A node that has just started, with a clock that is ahead, goes by the others' from their first
// beat on, and warns of nobody before it is sure.
func TestFirstBeatAndSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		e.house.Operator = func(key string) bool { return key == "K" }
		root, err := e.house.Enter(room.Visitor{Name: "root", Key: "K", Door: "ssh", Terminal: true})
		if err != nil {
			t.Fatal(err)
		}
		defer root.Leave(room.Quit)
		root.Line("/ban 192.0.2.77 10m", room.Slashed)
		time.Sleep(time.Hour - time.Minute)
		logged := e.logged()
		e.ticks(time.Second, -time.Hour, 0)
		_, err = e.house.Enter(room.Visitor{Name: "bob", Door: "ssh", Terminal: true, Remote: netip.MustParseAddr("192.0.2.77")})
		if err == nil {
			t.Error("the ban is over by the clock that is ahead")
		}
		if got := logged(); strings.Contains(got, "clock") {
			t.Errorf("the log has %q", got)
		}
	})
}
