package private_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/private"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/text"
	"teahouse/room"
)

// Established users may leave more messages than newcomers and guests, who leave half of the space
// to them. A newcomer is established after a day, an operator at once.
func TestOfflineMessageLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewFakeMessageStore()
		h := room.New(room.Config{Messages: s, IsOperatorKey: func(key ids.Fingerprint) bool { return key == "O" }})
		s.Known("B", "bob", 30*24*time.Hour)
		s.Known("K", "kate", room.NewcomerPeriod)
		s.Known("N", "nina", room.NewcomerPeriod-time.Minute)
		known, newcomer := room.OfflineLimits{PerSender: 10, PerRecipient: 100, SpaceShare: 1}, room.OfflineLimits{PerSender: 3, PerRecipient: 50, SpaceShare: 0.5}
		leave := func(key string, want room.OfflineLimits) {
			t.Helper()
			u := roomtest.Enter(t, h, roomtest.At("u"+strings.ToLower(key), ids.Fingerprint(key)))
			if _, err := private.Send(u.Session, "bob", "hello"); err != nil {
				t.Fatal(err)
			}
			if s.Limits != want {
				t.Errorf("who comes with the key %q has %+v, want %+v", key, s.Limits, want)
			}
			u.Leave(room.Quit)
		}
		leave("K", known)
		leave("N", newcomer)
		leave("M", newcomer)
		leave("", newcomer)
		leave("O", known)
		time.Sleep(time.Minute)
		leave("N", known)
		leave("M", newcomer)
	})
}

// All who come from one address have one share of the space, whoever and however many
// they are, and it is some of it again a day later. Others have theirs.
func TestOfflineMessagesFromOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewFakeMessageStore()
		h := room.New(room.Config{Messages: s, Policy: room.Policy{Limits: room.Limits{AddressLines: 1e9, AddressBurst: 1e9}}})
		s.Known("B", "bob", 30*24*time.Hour)
		long := strings.Repeat("x", text.MaxBytes)
		leave := func(n int, from string) error {
			ci := roomtest.At(fmt.Sprint("user", n), ids.Fingerprint(fmt.Sprint("K", n%5)))
			ci.Remote = netip.MustParseAddr(from)
			u := roomtest.Enter(t, h, ci)
			defer u.Leave(room.Quit)
			_, err := private.Send(u.Session, "bob", long)
			return err
		}
		fill := func(from string) (n int) {
			for err := error(nil); err == nil; n++ {
				err = leave(n, from)
				var r *reply.Refusal
				if err != nil && (!errors.As(err, &r) || r.Code != reply.TooManyFromAddress || !r.IsTemporary()) {
					t.Fatal(err)
				}
			}
			return n - 1
		}
		size := text.MaxBytes + private.Overhead
		if n := fill("192.0.2.1"); n != ratelimit.OfflineQuota().Burst/size {
			t.Errorf("%d messages from one address", n)
		}
		if err := leave(0, "192.0.2.2"); err != nil {
			t.Error(err)
		}
		fill("2001:db8:1:2::1")
		if err := leave(0, "2001:db8:1:3::1"); err == nil {
			t.Error("another /64 of the same network has a share of its own")
		}
		time.Sleep(24 * time.Hour)
		if n := fill("192.0.2.1"); n < ratelimit.OfflineQuota().PerDay/size || n > ratelimit.OfflineQuota().PerDay/size+1 {
			t.Errorf("%d messages from it on the next day", n)
		}
	})
}

// A message that somebody was handed but may not have seen waits even if no more may wait: its
// sender believes it was read.
func TestRequeuedBesideOffline(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{Messages: s})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	if _, err := private.Send(alice.Session, "bob", "hello"); err != nil {
		t.Fatal(err)
	}
	bob.Leave(room.HungUp)
	if err := private.RequeueUnseen(bob.Session); err != nil {
		t.Fatal(err)
	}
	if want := (room.OfflineLimits{PerSender: 128, PerRecipient: 228, SpaceShare: 0.5}); s.Limits != want || len(s.Offline["B"]) != 1 {
		t.Errorf("%d wait, within %+v", len(s.Offline["B"]), s.Limits)
	}
}
