package command_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// hubWithLongHistory returns a hub with a full history, and the work of searching it for a word.
func hubWithLongHistory(t testing.TB) (*room.Hub, time.Duration) {
	const size = 4000
	lines := testkit.Amount(4000, 1000)
	h := room.New(room.Config{
		HistoryLimits: room.HistoryLimits{Lines: lines},
		Policy:        room.Policy{Limits: room.Limits{AddressLines: 1000, AddressBurst: 1000}},
	})
	said := make([]*room.Event, lines)
	for i := range said {
		said[i] = &room.Event{Kind: room.Said, Time: time.Now().Add(time.Duration(i-lines) * time.Second), User: &room.UserInfo{Name: fmt.Sprint("Speaker ", i%50), Person: ids.Account(fmt.Sprint("K", i%50))}, Text: strings.Repeat("x", size)}
	}
	h.LoadHistory(room.Lobby, said, time.Time{})
	return h, time.Duration(lines) * (size*ratelimit.WorkPerKilobyte/1024 + ratelimit.WorkPerLine)
}

// Simultaneous searches from one address run one at a time, as far as its budget allows; none is
// refused too early, and nobody else waits for them.
func TestSearchesOfOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 64
		h, work := hubWithLongHistory(t)
		var searchers sync.WaitGroup
		start := time.Now()
		for i := range many {
			s := roomtest.Enter(t, h, roomtest.From(fmt.Sprint("u", i), "", "192.0.2.1"))
			searchers.Go(func() {
				if _, err := s.RunCommand([]string{"search", "nothing"}); !isRefused(err, reply.NothingFound) {
					t.Errorf("search: %v", err)
				}
			})
		}
		other := roomtest.Enter(t, h, roomtest.From("other", "", "192.0.2.2"))
		synctest.Wait()
		if d := roomtest.Took(func() { _, _ = other.RunCommand([]string{"search", "nothing"}) }); d != 0 {
			t.Errorf("somebody else waited %v", d)
		}
		searchers.Wait()
		// All work is paid for before the end, except the saved budget and the last search.
		least := timeToPay(many*work - ratelimit.WorkBurst - work)
		if d := time.Since(start); d < least || d > least+timeToPay(work) {
			t.Errorf("%d searches took %v, want %v", many, d, least)
		}
	})
}

func isRefused(err error, p reply.Code) bool {
	r, ok := err.(*reply.Refusal)
	return ok && r.Code == p
}

// A session that owes too much is refused at once, but a scripted client waits. A session that
// leaves, or whose client is gone, stops waiting.
func TestTooManyScans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := hubWithLongHistory(t)
		s := roomtest.Enter(t, h, roomtest.From("u", "", "192.0.2.1"))
		s.Meter.Charge(ratelimit.WorkBurst + time.Duration(ratelimit.WorkRate*float64(ratelimit.ScanTimeout+time.Second)))
		var err error
		if d := roomtest.Took(func() { _, err = s.RunCommand([]string{"history"}) }); d != 0 || !isRefused(err, reply.TooManyScans) {
			t.Errorf("refused after %v: %v", d, err)
		}
		if d := roomtest.Took(func() { err = s.Say("x") }); d != 0 || err != nil {
			t.Errorf("to speak took %v: %v", d, err)
		}
		ci := roomtest.From("pipe", "", "192.0.2.1")
		ci.Terminal, ci.Scripted = false, true
		pipe := roomtest.Enter(t, h, ci)
		if d := roomtest.Took(func() { _, err = pipe.RunCommand([]string{"history"}) }); d < ratelimit.ScanTimeout || err != nil {
			t.Errorf("the scripted client waited %v: %v", d, err)
		}
		s.Meter.Charge(time.Duration(ratelimit.WorkRate * float64(3*time.Second)))
		ended := make(chan struct{})
		ci = roomtest.From("gone", "", "192.0.2.1")
		ci.Done = ended
		gone := roomtest.Enter(t, h, ci)
		time.AfterFunc(time.Second, func() { close(ended) })
		if d := roomtest.Took(func() { _, err = gone.RunCommand([]string{"history"}) }); d != time.Second || err != room.HungUp {
			t.Errorf("the session without a client waited %v: %v", d, err)
		}
	})
}

// A user who reads the history now and then never waits.
func TestScansNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := hubWithLongHistory(t)
		s := roomtest.Enter(t, h, roomtest.From("u", "", "192.0.2.1"))
		for i := range 20 {
			for _, line := range []string{"/history 100", "/search nothing", "/history speaker 3", "/whois nobody", "/who"} {
				if d := roomtest.Took(func() { s.HandleLine(line, command.SlashSyntax) }); d != 0 {
					t.Fatalf("%s took %v at time %d", line, d, i)
				}
			}
			roomtest.Read(t, s)
			time.Sleep(time.Second)
		}
	})
}

// A name that nobody has is looked up, not searched for in the history.
func TestWhoisOfNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := hubWithLongHistory(t)
		s := roomtest.Enter(t, h, roomtest.From("u", "", "192.0.2.1"))
		before := s.Meter.Charge(0)
		if _, err := s.RunCommand([]string{"whois", "nobody"}); !isRefused(err, reply.NoSuchUser) {
			t.Error(err)
		}
		if owed := s.Meter.Charge(0) - before; owed > timeToPay(10*ratelimit.WorkPerItem) {
			t.Errorf("looking up a name that nobody has costs %v", owed)
		}
		e, err := s.RunCommand([]string{"whois", "speaker 7"})
		if err != nil || roomtest.LinesOf(e)[1].Code != reply.WhoisSpoke {
			t.Errorf("%v, %v", e, err)
		}
		lobby := roomtest.Peek(h).Rooms.ByID[room.Lobby]
		lobby.EraseBefore(&room.UserInfo{Person: "K0"}, time.Now())
		if lobby.LastLineBy("speaker 0") != nil || lobby.LastLineBy("speaker 1") == nil {
			t.Error("the index of latest lines by name differs from the history")
		}
	})
}

// timeToPay returns how long it takes to pay for work.
func timeToPay(work time.Duration) time.Duration {
	return time.Duration(float64(work) / ratelimit.WorkRate)
}
