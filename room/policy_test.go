package room_test

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/netaddr"
	"teahouse/internal/reply"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// New limits apply to everybody online, in all sessions, and end no session.
func TestSetPolicyLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob", Fingerprint: "B", Door: "ssh"})
		guest := roomtest.Enter(t, h, roomtest.At("guest", ""))
		send := func(s *command.Runner, n int) time.Duration {
			return roomtest.Took(func() {
				for i := range n {
					s.HandleLine(fmt.Sprint(i), 0)
				}
			})
		}
		if d := send(bob, 100); d != 0 {
			t.Errorf("without limits, lines take %v", d)
		}
		h.SetPolicy(room.Policy{Limits: room.Limits{Lines: 2, Burst: 10, Renames: 1}})
		if d := send(bob, 5) + send(pipe, 5); d != 0 {
			t.Errorf("a burst takes %v", d)
		}
		if d := send(bob, 2) + send(pipe, 2); d != 2*time.Second {
			t.Errorf("bob's two sessions share no rate limit: %v", d)
		}
		if d := send(guest, 12); d != time.Second {
			t.Errorf("a guest is delayed by %v", d)
		}
		_, _ = bob.Rename("bobby")
		var r *reply.Refusal
		if _, err := bob.Rename("robert"); !errors.As(err, &r) || r.Code != reply.TooManyRenames || r.Args[0] != 1 {
			t.Errorf("a second name: %v", err)
		}
		h.SetPolicy(room.Policy{Limits: room.Limits{Lines: 2, Burst: 10, Renames: 1}, NameAge: time.Hour})
		if d := send(bob, 4); d != time.Second { // two tokens came back while the guest waited
			t.Errorf("setting the same limits again resets the tokens: %v", d)
		}
		h.SetPolicy(room.Policy{})
		if d := send(bob, 100) + send(guest, 100); d != 0 {
			t.Errorf("without limits, lines take %v", d)
		}
	})
}

// The same for users who share an address, whether they were counted before or not; all of them
// leave the count again.
func TestSetPolicyAddressLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		from := func(name string) room.ClientInfo {
			ci := roomtest.At(name, "")
			ci.Remote = netip.MustParseAddr("192.0.2.1")
			return ci
		}
		one, two := roomtest.Enter(t, h, from("one")), roomtest.Enter(t, h, from("two"))
		h.SetPolicy(room.Policy{Limits: room.Limits{AddressLines: 2, AddressBurst: 4}})
		for range 2 {
			one.HandleLine("hello", 0)
			two.HandleLine("hello", 0)
		}
		if d := roomtest.Took(func() { one.HandleLine("hello", 0) }); d != time.Second/2 {
			t.Errorf("the fifth line of an address takes %v", d)
		}
		network := netaddr.Address(netip.MustParseAddr("192.0.2.1"))
		if n := h.SessionsFrom(network); n != 2 {
			t.Errorf("%d people at the address", n)
		}
		one.Leave(room.Quit)
		two.Leave(room.Quit)
		if n := h.SessionsFrom(network); n != 0 {
			t.Errorf("%d people who left still count for the address", n)
		}
	})
}

// A hub that starts to require invitations ends no sessions.
func TestSetPolicyInviteOnly(t *testing.T) {
	h := room.New(room.Config{})
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	h.SetPolicy(room.Policy{InviteOnly: true})
	var r *reply.Refusal
	if _, err := roomtest.EnterHub(h, roomtest.At("eve", "E")); !errors.As(err, &r) || r.Code != reply.ByInvitation {
		t.Errorf("a stranger: %v", err)
	}
	if bob.Reason() != "" {
		t.Errorf("bob was disconnected: %v", bob.Reason())
	}
	h.SetPolicy(room.Policy{})
	roomtest.Enter(t, h, roomtest.At("eve", "E"))
}

// People enter, talk, change names and leave while the policy changes.
func TestSetPolicyRace(t *testing.T) {
	h := room.New(room.Config{})
	var crowd sync.WaitGroup
	for i := range 4 {
		crowd.Go(func() {
			for n := range 50 {
				ci := roomtest.At(fmt.Sprint("user", i), ids.Fingerprint(fmt.Sprint("key", i)))
				ci.Remote = netip.MustParseAddr("192.0.2.1")
				s, err := roomtest.EnterHub(h, ci)
				if err != nil {
					t.Error(err)
					return
				}
				s.HandleLine("hello", 0)
				_, _ = s.Rename(fmt.Sprint("other", i, "-", n))
				s.Leave(room.Quit)
			}
		})
	}
	for n := range 200 {
		h.SetPolicy(room.Policy{NameAge: time.Duration(n) * time.Hour, Limits: room.Limits{Lines: 1e9 + float64(n), Burst: 1e9, AddressLines: 1e9, AddressBurst: 1e9 + n, Renames: 1e6}})
	}
	crowd.Wait()
}
