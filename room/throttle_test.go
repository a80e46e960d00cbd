package room_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/private"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A burst, such as a paste of twenty lines, passes at once. Further lines are slowed down to the
// rate, and none is lost. After a pause the user may go fast again.
func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 2, Burst: 20}}})
		bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
		alice := roomtest.Enter(t, h, roomtest.At("alice", ""))
		roomtest.Read(t, alice)
		send := func(n int) func() {
			return func() {
				for i := range n {
					bob.HandleLine(fmt.Sprint(i), 0)
				}
			}
		}
		if d := roomtest.Took(send(20)); d != 0 {
			t.Errorf("a paste of twenty lines took %v", d)
		}
		if d := roomtest.Took(send(20)); d != 10*time.Second {
			t.Errorf("twenty lines more took %v", d)
		}
		time.Sleep(10 * time.Second)
		if d := roomtest.Took(send(20)); d != 0 {
			t.Errorf("twenty lines after a pause took %v", d)
		}
		if got := strings.Count(roomtest.Read(t, alice), "bob: "); got != 60 {
			t.Errorf("alice reads %d lines of 60", got)
		}
		if got := roomtest.Read(t, bob); strings.Contains(got, "~") {
			t.Errorf("bob reads %s", got)
		}
	})
}

// A user who keeps sending too fast is muted for a minute and told so once. Meanwhile none of their
// sessions can speak; afterwards they can, and are still online.
func TestFloodIsMuted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 5, Burst: 20}}})
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		alice := roomtest.Enter(t, h, roomtest.At("alice", ""))
		roomtest.Read(t, alice)
		said := func() (n int) { return strings.Count(roomtest.Read(t, alice), "bob: ") }
		told := 0
		send := func(n int) {
			for i := range n {
				bob.HandleLine(fmt.Sprint(i), 0)
				told += strings.Count(roomtest.Read(t, bob), testkit.EnglishStart(reply.FloodMuted, 60))
			}
		}
		send(20 + room.MaxFastLines)
		if n := said(); n != 20+room.MaxFastLines || told != 0 {
			t.Errorf("%d lines were said, bob was told %d times", n, told)
		}
		send(1)
		if n := said(); n != 0 || told != 1 {
			t.Errorf("with one more, %d were said, bob was told %d times", n, told)
		}
		roomtest.Refuses(t, "a pipe", roomtest.Enter(t, h, room.ClientInfo{Fingerprint: "B"}).Say("x"), reply.StillFloodMuted)
		_, err := roomtest.Command(t, h, "B", "say", "x")
		roomtest.Refuses(t, "a command", err, reply.StillFloodMuted)
		_, err = private.Send(bob.Session, "alice", "x")
		roomtest.Refuses(t, "in private", err, reply.StillFloodMuted)
		bob.HandleLine("who", command.PipeSyntax)
		if got := roomtest.Read(t, bob); !strings.Contains(got, "here: ") {
			t.Errorf("who: %s", got)
		}
		time.Sleep(room.FloodMuteTime - time.Second)
		roomtest.Refuses(t, "just before the end", bob.Say("x"), reply.StillFloodMuted)
		time.Sleep(time.Second)
		if err := bob.Say("x"); err != nil {
			t.Errorf("after a minute: %v", err)
		}
		if bob.Reason() != "" {
			t.Errorf("bob left: %q", bob.Reason())
		}
		// An endless flood: its lines pass at the limit and no faster, and the user is told now and
		// then, not for each line.
		roomtest.Read(t, alice)
		told = 0
		if d := roomtest.Took(func() { send(1500) }); d < 1450/5*time.Second {
			t.Errorf("1500 lines took %v", d)
		} else if n := float64(told); n > d.Minutes()+1 {
			t.Errorf("bob was told %d times in %v", told, d)
		}
	})
}

// All sessions of a person share one rate limit. A sender that is too far ahead, since it sends in
// many sessions at once, has lines refused.
func TestRateLimitOfAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 1, Burst: 5}}})
		alice := roomtest.Enter(t, h, roomtest.At("alice", ""))
		for range 20 {
			pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob", Fingerprint: "B"})
			go pipe.HandleLine("x", 0)
		}
		time.Sleep(ratelimit.MaxWait)
		synctest.Wait()
		if n := strings.Count(roomtest.Read(t, alice), "bob: "); n != 5+5 {
			t.Errorf("%d lines of one person in %v", n, ratelimit.MaxWait)
		}
	})
}

// A scripted client, such as a pipe, is slowed down for as long as necessary: it is not muted and
// loses nothing.
func TestScriptedAreNotMuted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 5, Burst: 20}}})
		alice := roomtest.Enter(t, h, roomtest.At("alice", ""))
		pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "pipe", Fingerprint: "P", Scripted: true})
		d := roomtest.Took(func() {
			for i := range 520 {
				pipe.HandleLine(fmt.Sprint(i), 0)
			}
		})
		got := roomtest.Read(t, alice)
		if n := strings.Count(got, "pipe: "); n != 520 || d < 100*time.Second || d > 101*time.Second {
			t.Errorf("%d of 520 lines were said in %v", n, d)
		}
		if got := roomtest.Read(t, pipe); strings.Contains(got, "~") {
			t.Errorf("the pipe reads %s", got)
		}
	})
}

// keepTalking says lines without end, until the session has left.
func keepTalking(s *command.Runner) {
	go func() {
		for s.Reason() == "" {
			s.HandleLine("log", 0)
			s.Take(make([]room.Item, 0, 100))
		}
	}()
}

// Many scripted clients do not get around a limit: pipes of one key, or of one address, together
// say what one of them may.
func TestScriptedTogether(t *testing.T) {
	for name, test := range map[string]struct {
		limits  room.Limits
		visitor func(i int) room.ClientInfo
	}{
		"of one person": {room.Limits{Lines: 2, Burst: 30}, func(int) room.ClientInfo {
			return room.ClientInfo{RequestedName: "pipe", Fingerprint: "P", Scripted: true}
		}},
		"of one bot": {room.Limits{BotLines: 2, BotBurst: 30, Lines: 100}, func(int) room.ClientInfo {
			return room.ClientInfo{RequestedName: "pipe", Fingerprint: "BOT", Scripted: true}
		}},
		"of one address": {room.Limits{Lines: 100, AddressLines: 2, AddressBurst: 30}, func(i int) room.ClientInfo {
			return room.ClientInfo{RequestedName: "pipe", Fingerprint: ids.Fingerprint(fmt.Sprint("P", i)), Scripted: true, Remote: roomtest.Address("192.0.2.1")}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := room.New(room.Config{})
				roomtest.Peek(h).Bots.Set("BOT", &accounts.Bot{Name: "pipe"})
				ear := roomtest.Enter(t, h, roomtest.At("ear", ""))
				var pipes []*command.Runner
				for i := range 40 {
					pipes = append(pipes, roomtest.Enter(t, h, test.visitor(i)))
				}
				h.SetPolicy(room.Policy{Limits: test.limits})
				for _, pipe := range pipes {
					keepTalking(pipe)
				}
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				most := 30 + 2*600
				if n := strings.Count(roomtest.Read(t, ear), ": log"); n > most || n < most-1 {
					t.Errorf("they said %d lines in ten minutes, want %d", n, most)
				}
				h.Close()
			})
		})
	}
}

// A scripted client waits for its turn until it leaves or the hub closes, and no longer.
func TestScriptedWaitEndsOnLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 1.0 / 3600, Burst: 1}}})
		ended := 0
		says := func(s *command.Runner, line string) {
			s.HandleLine(line, 0)
			ended++
		}
		var pipes []*command.Runner
		for range 3 {
			pipes = append(pipes, roomtest.Enter(t, h, room.ClientInfo{RequestedName: "pipe", Fingerprint: "P", Scripted: true}))
		}
		pipes[0].HandleLine("spent", 0)
		for _, pipe := range pipes { // one waits for the token, the others for their turn
			go says(pipe, "late")
			synctest.Wait()
		}
		ear := roomtest.Enter(t, h, roomtest.At("ear", ""))
		if d := roomtest.Took(func() {
			pipes[1].Leave(room.HungUp)
			synctest.Wait()
			if ended != 1 {
				t.Error("a client that has left still waits for its turn")
			}
			pipes[0].Leave(room.HungUp)
			synctest.Wait()
			if ended != 2 {
				t.Error("a client that has left still waits for its token")
			}
			h.Close()
			synctest.Wait()
			if ended != 3 {
				t.Error("a client still waits although the hub is closed")
			}
		}); d != 0 {
			t.Errorf("they kept waiting for %v", d)
		}
		if got := roomtest.Read(t, ear); strings.Contains(got, "pipe: ") {
			t.Errorf("after leaving they said %s", got)
		}
	})
}

// Scripted clients do not delay an interactive user at the same address, because they wait in a
// queue of their own. The user waits for at most one token, and nothing is refused.
func TestScriptedLetOthersPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		alice := roomtest.Enter(t, h, roomtest.From("alice", "A", "192.0.2.1"))
		var pipes []*command.Runner
		for i := range 100 {
			ci := roomtest.From("pipe", ids.Fingerprint(fmt.Sprint("P", i)), "192.0.2.1")
			ci.Terminal, ci.Scripted = false, true
			pipes = append(pipes, roomtest.Enter(t, h, ci))
		}
		h.SetPolicy(room.Policy{Limits: room.Limits{Lines: 2, Burst: 30, AddressLines: 10, AddressBurst: 100}})
		for _, pipe := range pipes {
			keepTalking(pipe)
		}
		for i := range 20 {
			time.Sleep(5 * time.Second)
			roomtest.Read(t, alice)
			if d := roomtest.Took(func() { alice.HandleLine(fmt.Sprint("typed ", i), 0) }); d > time.Second/5 {
				t.Errorf("alice was delayed by %v", d)
			}
			if got := roomtest.Read(t, alice); !strings.Contains(got, "alice: typed") {
				t.Errorf("alice reads %s", got)
			}
		}
		h.Close()
	})
}

// A user whose many lines are said slowly is not idle meanwhile, even if others from the same
// address go first. Idle time counts from the last line.
func TestBacklogIsNoIdleness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 1.0 / 30, Burst: 1}}})
		began := time.Now()
		s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "nc", Scripted: true, Idle: 10 * time.Second, Warn: time.Second})
		s.Touch()
		for range 20 {
			s.HandleLine("x", 0)
		}
		if d := time.Since(began); d != 19*30*time.Second || s.Reason() != "" {
			t.Errorf("20 lines took %v, and the user is gone: %q", d, s.Reason())
		}
		if got := roomtest.Read(t, s); strings.Contains(got, "~") {
			t.Errorf("the user reads %s", got)
		}
		time.Sleep(9 * time.Second)
		if s.Reason() != "" {
			t.Errorf("the user is gone too early: %q", s.Reason())
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if s.Reason() != room.Idle {
			t.Errorf("the user is idle, but %q", s.Reason())
		}
	})
}

// A refused line costs nothing: neither a token of its sender nor one of the address.
func TestRefusedLinesCostNothing(t *testing.T) {
	for name, limits := range map[string]room.Limits{
		"of one person":                    {Lines: 1, Burst: 5},
		"of one address":                   {AddressLines: 1, AddressBurst: 5},
		"of one person, at a slow address": {Lines: 3, Burst: 100, AddressLines: 1, AddressBurst: 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := room.New(room.Config{})
				ear := roomtest.Enter(t, h, roomtest.At("ear", ""))
				var senders []*command.Runner
				for range 200 { // side by side: none takes over from another
					ci := roomtest.From("bob", "B", "192.0.2.1")
					ci.Terminal = false
					senders = append(senders, roomtest.Enter(t, h, ci))
				}
				h.SetPolicy(room.Policy{Limits: limits})
				for _, s := range senders {
					go s.HandleLine("x", 0)
				}
				time.Sleep(ratelimit.MaxWait)
				synctest.Wait()
				if n := strings.Count(roomtest.Read(t, ear), "bob: "); n != 5+5 {
					t.Errorf("%d lines were said in %v", n, ratelimit.MaxWait)
				}
				if d := roomtest.Took(func() { senders[0].HandleLine("y", 0) }); d != time.Second {
					t.Errorf("the next line waits %v", d)
				}
				if n := strings.Count(roomtest.Read(t, ear), "bob: y"); n != 1 {
					t.Error("the next line is refused")
				}
				if name == "of one person, at a slow address" {
					if wait := roomtest.Peek(h).Online.ByPerson["B"].TakeLines(89 - 1); wait > 0 {
						t.Errorf("after 11 lines of a burst of 100, 88 more have to wait for %v", wait)
					}
				}
				h.Close()
			})
		})
	}
}

// Nobody is muted for many lines that had to wait as long as others in between had not: pairs of
// lines now and then are not a flood.
func TestFastLinesInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 1, Burst: 1}}})
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		for range 3 * room.MaxFastLines {
			bob.HandleLine("one", 0)
			bob.HandleLine("two, too fast", 0)
			time.Sleep(2 * time.Second)
		}
		if got := roomtest.Read(t, bob); strings.Contains(got, testkit.EnglishStart(reply.FloodMuted)) {
			t.Errorf("bob reads %s", got)
		}
		if err := bob.Say("x"); err != nil {
			t.Error(err)
		}
	})
}

// A one-shot session pays when it connects, and not again for its command.
func TestExecPaysOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1, AddressBurst: 10}}})
		if d := roomtest.Took(func() {
			for range 12 {
				s, _, err := roomtest.ExecHub(h, roomtest.From("bob", "", "192.0.2.1"))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.RunCommand([]string{"say", "x"}); err != nil {
					t.Fatal(err)
				}
				s.Leave(room.Quit)
			}
		}); d != 2*time.Second {
			t.Errorf("12 commands took %v", d)
		}
	})
}

// Spent tokens are remembered until they are back, for persons and addresses, while many others
// come and go.
func TestSpentIsNotForgotten(t *testing.T) {
	for _, again := range []room.ClientInfo{
		roomtest.From("bob", "B", "192.0.2.1"), // the same in all
		roomtest.From("bob", "B", "192.0.2.2"), // the same person elsewhere
		roomtest.From("eve", "", "192.0.2.1"),  // another one from the same address
	} {
		synctest.Test(t, func(t *testing.T) {
			h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 1.0 / 3600, Burst: 30, AddressLines: 1.0 / 3600, AddressBurst: 32}}})
			bob := roomtest.Enter(t, h, roomtest.From("bob", "B", "192.0.2.1"))
			for range 30 {
				bob.HandleLine("x", 0)
			}
			bob.Leave(room.Quit)
			for i := range 3000 {
				roomtest.Enter(t, h, roomtest.From("x", ids.Fingerprint(fmt.Sprint("K", i)), fmt.Sprintf("10.0.%d.%d", i/250, i%250))).Leave(room.Quit)
			}
			s, err := roomtest.EnterHub(h, again)
			if again.Remote == bob.Client.Remote {
				roomtest.Refuses(t, "coming again", err, reply.TooManySessions)
				return
			}
			defer s.Leave(room.Quit)
			s.HandleLine("y", 0)
			if got := roomtest.Read(t, s); !strings.Contains(got, "too fast") {
				t.Errorf("%s reads %s", again.RequestedName, got)
			}
		})
	}
}

// Users online and later ones from the same address share its limit, however many others entered
// meanwhile.
func TestAddressLimitInUseIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1, AddressBurst: 10}}})
		first := roomtest.Enter(t, h, roomtest.From("first", "", "192.0.2.1"))
		time.Sleep(time.Minute) // all tokens are there
		for i := range 3000 {
			roomtest.Enter(t, h, roomtest.From("x", "", fmt.Sprintf("10.0.%d.%d", i/250, i%250))).Leave(room.Quit)
		}
		second := roomtest.Enter(t, h, roomtest.From("second", "", "192.0.2.1"))
		for range 4 {
			first.HandleLine("x", 0)
			second.HandleLine("x", 0)
		}
		if d := roomtest.Took(func() { first.HandleLine("x", 0) }); d != time.Second {
			t.Errorf("the line after the burst of both took %v", d)
		}
	})
}

// A pipe that sends as fast as it may leaves the person who types beside it free to speak, and is
// not muted together with them.
func TestPipeBesideAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 2, Burst: 30}}})
		ear := roomtest.Enter(t, h, roomtest.At("ear", ""))
		pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: "A", Scripted: true})
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				default:
					pipe.HandleLine("log", 0)
				}
			}
		}()
		for i := range 40 {
			time.Sleep(5 * time.Second)
			if d := roomtest.Took(func() { alice.HandleLine(fmt.Sprint("typed ", i), 0) }); d != 0 {
				t.Errorf("alice was delayed by %v", d)
			}
		}
		for range 100 { // and then alice is muted, the pipe is not
			alice.HandleLine("flood", 0)
		}
		roomtest.Refuses(t, "alice", alice.Say("x"), reply.StillFloodMuted)
		if err := pipe.Say("still here"); err != nil {
			t.Errorf("the pipe: %v", err)
		}
		close(stop)
		got := roomtest.Read(t, ear)
		h.Close()
		if strings.Count(got, "alice: typed ") != 40 {
			t.Errorf("%d of 40 lines were said", strings.Count(got, "alice: typed "))
		}
	})
}

// Reconnecting with the same key gives no fresh start.
func TestRateLimitIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 2, Burst: 30}}})
		if d := roomtest.Took(func() {
			for range 50 {
				s := roomtest.Enter(t, h, roomtest.At("bob", "B"))
				s.HandleLine("x", 0)
				s.Leave(room.Quit)
			}
		}); d != 10*time.Second {
			t.Errorf("50 lines took %v", d)
		}
		for i := range 5000 {
			_, _ = roomtest.Command(t, h, ids.Fingerprint(fmt.Sprint("key", i)), "say", "x")
			time.Sleep(time.Second)
		}
		if n := roomtest.Peek(h).Access.CountRateLimits(); n > 2*512 {
			t.Errorf("%d rate limits are kept", n)
		}
	})
}

// All clients at one address, or one /64, share a limit; another address has its own. Reconnecting
// does not help: it counts as two lines.
func TestAddressLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 2, AddressBurst: 30}}})
		alice := roomtest.Enter(t, h, roomtest.At("alice", ""))
		lines := func(addr string, n int) time.Duration {
			return roomtest.Took(func() {
				for i := range n {
					s := roomtest.Enter(t, h, roomtest.From("bob", "", addr))
					s.HandleLine(fmt.Sprint(i), 0)
					s.Leave(room.Quit)
				}
			})
		}
		if d := lines("2001:db8::1", 10); d != 0 {
			t.Errorf("the burst took %v", d)
		}
		if d := lines("2001:db8::2", 10); d != 15*time.Second {
			t.Errorf("ten lines of another client at the address took %v", d)
		}
		if d := lines("2001:db8:0:1::", 10); d != 0 {
			t.Errorf("the burst of another address took %v", d)
		}
		if n := strings.Count(roomtest.Read(t, alice), ": "); n != 30 {
			t.Errorf("%d of 30 lines were said", n)
		}
		alice.Leave(room.Quit)
		empty(t, h)
	})
}

// A client that hangs up while it waits to enter frees its place at once, and never comes in.
func TestHangingUpEndsEntering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1, AddressBurst: 2}}})
		roomtest.Enter(t, h, roomtest.From("alice", "", "192.0.2.1"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var entered error
		if d := roomtest.Took(func() { _, entered = h.Enter(ctx, roomtest.From("bob", "", "192.0.2.1")) }); d != time.Second || entered != context.DeadlineExceeded {
			t.Errorf("bob, who hung up after a second, waited for %v: %v", d, entered)
		}
		if n := h.CountSessions(); n != 1 {
			t.Errorf("%d sessions are there", n)
		}
	})
}

// A client that would have to wait for too long to enter is told so, and others do not see it.
func TestReconnectingIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1, AddressBurst: 2}}})
		alice := roomtest.Enter(t, h, roomtest.From("alice", "", "192.0.2.1"))
		var errs []error
		d := roomtest.Took(func() {
			var door sync.WaitGroup
			var mu sync.Mutex
			for range 10 {
				door.Go(func() {
					_, err := roomtest.EnterHub(h, roomtest.From("bob", "", "192.0.2.2"))
					mu.Lock()
					defer mu.Unlock()
					errs = append(errs, err)
				})
			}
			door.Wait()
		})
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else {
				roomtest.Refuses(t, "coming too often", err, reply.TooManySessions)
			}
		}
		if in != 3 || d != ratelimit.MaxWait || strings.Count(roomtest.Read(t, alice), "+bob") != 3 {
			t.Errorf("%d of 10 entered within %v", in, d)
		}
	})
}

// Addresses are forgotten once all their tokens are back, and not before.
func TestAddressLimitsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1, AddressBurst: 2}}})
		for i := range 5000 {
			s, err := roomtest.EnterHub(h, roomtest.From("x", "", fmt.Sprintf("10.0.%d.%d", i/250, i%250)))
			if err != nil {
				t.Fatal(err)
			}
			s.HandleLine("hi", 0)
			s.Leave(room.Quit)
			time.Sleep(10 * time.Millisecond)
		}
		if n := len(h.Addresses()); n > 2*512 {
			t.Errorf("%d addresses are known", n)
		}
	})
}

// The number of renames per minute is limited.
func TestRenameLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Renames: 3}}})
		bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
		roomtest.Enter(t, h, roomtest.At("alice", "A"))
		for i := range 3 {
			_, err := bob.Rename("alice") // which changes nothing
			roomtest.Refuses(t, "a name that is taken", err, reply.NameTaken)
			_, err = bob.Rename("a|b")
			roomtest.Refuses(t, "no name", err, reply.NameHasBar)
			if _, err := bob.Rename(fmt.Sprint("bob", i)); err != nil {
				t.Error(err)
			}
		}
		_, err := bob.Rename("bob9")
		roomtest.Refuses(t, "a fourth name", err, reply.TooManyRenames)
		if bob.UserInfo().Name != "bob2" {
			t.Errorf("bob is called %s", bob.UserInfo().Name)
		}
		if _, err := bob.Rename("bob2"); err != nil {
			t.Errorf("the current name: %v", err)
		}
		time.Sleep(20 * time.Second)
		if _, err := bob.Rename("bob9"); err != nil {
			t.Errorf("20 seconds later: %v", err)
		}
	})
}

// A limit of zero means no limit.
func TestNoLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		bob := roomtest.Enter(t, h, roomtest.From("bob", "", "192.0.2.1"))
		if d := roomtest.Took(func() {
			for i := range 2000 {
				bob.HandleLine("x", 0)
				if _, err := bob.Rename(fmt.Sprint("bob", i)); err != nil {
					t.Fatal(err)
				}
				roomtest.Read(t, bob)
			}
		}); d != 0 {
			t.Errorf("it took %v", d)
		}
	})
}

// A user who has been silent, at an address from which others send too much, is told that it is
// because of the address.
func TestLinesOfOneAddressAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 100, Burst: 100, AddressLines: 1.0 / 3600, AddressBurst: 10}}})
		alice := roomtest.Enter(t, h, roomtest.ComingFrom("192.0.2.1", "alice", "A"))
		bob := roomtest.Enter(t, h, roomtest.ComingFrom("192.0.2.1", "bob", "B"))
		for range 6 {
			bob.HandleLine("x", 0)
		}
		roomtest.Read(t, alice)
		alice.HandleLine("good morning", 0)
		if got := roomtest.Read(t, alice); !strings.Contains(got, i18n.English(string(reply.AddressTooFast))) {
			t.Errorf("alice reads %q", got)
		}
		if n := h.Stats().Refused["address"]; n != 1 {
			t.Errorf("%d refusals are counted", n)
		}
	})
}

// The clients of an IPv6 /56 share a work budget, and another /56 has its own.
func TestHouseholdPaysTogether(t *testing.T) {
	h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1}}})
	a := roomtest.Enter(t, h, roomtest.From("a", "", "2001:db8:0:1::1"))
	b := roomtest.Enter(t, h, roomtest.From("b", "", "2001:db8:0:ff::1"))
	c := roomtest.Enter(t, h, roomtest.From("c", "", "2001:db8:0:100::1"))
	a.Meter.Charge(time.Second)
	if b.Meter.Charge(0) <= 0 || c.Meter.Charge(0) > 0 {
		t.Errorf("a client of the same household owes %v, one of another %v", b.Meter.Charge(0), c.Meter.Charge(0))
	}
	for _, u := range []*command.Runner{b, c} {
		if owed := h.Charge(u.Client.Remote, 0); owed > 0 != (u == b) {
			t.Errorf("a new client from %v owes %v, but %s owes %v", u.Client.Remote, owed, u.UserInfo().Name, u.Meter.Charge(0))
		}
	}
}

// All addresses of an IPv6 /48 together may say as many lines as four of them.
func TestNetworkSpeaksTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 10, AddressBurst: 100}}})
		said, began := 0, time.Now()
		var crowd sync.WaitGroup
		for n := range 64 {
			s := roomtest.Enter(t, h, roomtest.From(fmt.Sprint("u", n), "", fmt.Sprintf("2001:db8:0:%x::1", n<<4)))
			s.Client.Scripted = n%2 == 0
			crowd.Go(func() {
				for time.Since(began) < time.Minute {
					if s.Throttle() == nil {
						st := h.Lock()
						said++
						st.Unlock()
					}
				}
			})
		}
		crowd.Wait()
		if most := 400 + 60*40 + 64*6; said < 400+55*40 || said > most {
			t.Errorf("%d lines in a minute, want %d at most", said, most)
		}
	})
}
