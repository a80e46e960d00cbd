package room

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Who runs the house changes the limits while people are in it: they hold for those
// who are here, each in all sessions, and nobody has to leave.
func TestGovernLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		bob := enter(t, h, at("bob", "B"))
		pipe := enter(t, h, Visitor{Name: "bob", Key: "B", Door: "ssh"})
		guest := enter(t, h, at("guest", ""))
		send := func(u *User, n int) time.Duration {
			return took(func() {
				for i := range n {
					u.Line(fmt.Sprint(i), 0)
				}
			})
		}
		if d := send(bob, 100); d != 0 {
			t.Errorf("without limits, lines take %v", d)
		}
		h.Govern(Policy{Limits: Limits{Lines: 2, Burst: 10, Renames: 1}})
		if d := send(bob, 5) + send(pipe, 5); d != 0 {
			t.Errorf("what may come at once takes %v", d)
		}
		if d := send(bob, 2) + send(pipe, 2); d != 2*time.Second {
			t.Errorf("bob's two sessions share no pace: %v", d)
		}
		if d := send(guest, 12); d != time.Second {
			t.Errorf("a guest is held back for %v", d)
		}
		_, _ = bob.Rename("bobby")
		var r *Refusal
		if _, err := bob.Rename("robert"); !errors.As(err, &r) || r.Phrase != TooManyRenames || r.Args[0] != 1 {
			t.Errorf("a second name: %v", err)
		}
		h.Govern(Policy{Limits: Limits{Lines: 2, Burst: 10, Renames: 1}, NameAge: time.Hour})
		if d := send(bob, 4); d != time.Second { // two came free while the guest waited
			t.Errorf("the same limits again give a fresh start: %v", d)
		}
		h.Govern(Policy{})
		if d := send(bob, 100) + send(guest, 100); d != 0 {
			t.Errorf("with the limits lifted, lines take %v", d)
		}
	})
}

// The same for those who share an address, whether they were counted before or not;
// they go as they came.
func TestGovernSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		from := func(name string) Visitor {
			v := at(name, "")
			v.Remote = netip.MustParseAddr("192.0.2.1")
			return v
		}
		one, two := enter(t, h, from("one")), enter(t, h, from("two"))
		h.Govern(Policy{Limits: Limits{SourceLines: 2, SourceBurst: 4}})
		for range 2 {
			one.Line("hello", 0)
			two.Line("hello", 0)
		}
		if d := took(func() { one.Line("hello", 0) }); d != time.Second/2 {
			t.Errorf("the fifth line of an address takes %v", d)
		}
		known := h.sources.known[Source(netip.MustParseAddr("192.0.2.1"))]
		if known.users != 2 {
			t.Errorf("%d people come from the address", known.users)
		}
		one.Leave(Quit)
		two.Leave(Quit)
		if known.users != 0 {
			t.Errorf("%d people who left come from the address", known.users)
		}
	})
}

// A house that begins to ask for invitations keeps who is in it.
func TestGovernInviteOnly(t *testing.T) {
	h := NewHouse()
	bob := enter(t, h, at("bob", "B"))
	h.Govern(Policy{InviteOnly: true})
	var r *Refusal
	if _, err := h.Enter(at("eve", "E")); !errors.As(err, &r) || r.Phrase != ByInvitation {
		t.Errorf("a stranger: %v", err)
	}
	if bob.Reason() != "" {
		t.Errorf("bob had to leave: %v", bob.Reason())
	}
	h.Govern(Policy{})
	enter(t, h, at("eve", "E"))
}

// People come, talk, rename themselves and go while the policy changes.
func TestGovernRace(t *testing.T) {
	h := NewHouse()
	var crowd sync.WaitGroup
	for i := range 4 {
		crowd.Go(func() {
			for n := range 50 {
				v := at(fmt.Sprint("user", i), fmt.Sprint("key", i))
				v.Remote = netip.MustParseAddr("192.0.2.1")
				u, err := h.Enter(v)
				if err != nil {
					t.Error(err)
					return
				}
				u.Line("hello", 0)
				_, _ = u.Rename(fmt.Sprint("other", i, "-", n))
				u.Leave(Quit)
			}
		})
	}
	for n := range 200 {
		h.Govern(Policy{NameAge: time.Duration(n) * time.Hour, Limits: Limits{Lines: 1e9 + float64(n), Burst: 1e9, SourceLines: 1e9, SourceBurst: 1e9 + n, Renames: 1e6}})
	}
	crowd.Wait()
}
