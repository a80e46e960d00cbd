package room

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// known makes a key one that was here first so long ago.
func (s *shelf) known(key, name string, ago time.Duration) {
	s.people[key] = Person{Key: key, Name: name, First: time.Now().Add(-ago), Seen: time.Now()}
}

// Who is known may leave more than a newcomer or a guest, and newcomers leave half of all
// to those who are known. A day later a newcomer is known; operators are at once.
func TestWhoMayLeaveLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := NewHouse(), newShelf()
		h.Archive, h.Operator = s, func(key string) bool { return key == "O" }
		s.known("B", "bob", 30*24*time.Hour)
		s.known("K", "kate", newcomerTime)
		s.known("N", "nina", newcomerTime-time.Minute)
		known, newcomer := PostLimits{Pair: 10, Box: 100, Part: 1}, PostLimits{Pair: 3, Box: 50, Part: 0.5}
		leave := func(key string, want PostLimits) {
			t.Helper()
			u := enter(t, h, at("u"+strings.ToLower(key), key))
			if _, err := u.Tell("bob", "hello"); err != nil {
				t.Fatal(err)
			}
			if s.limits != want {
				t.Errorf("who comes with the key %q has %+v, want %+v", key, s.limits, want)
			}
			u.Leave(Quit)
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
func TestLettersFromOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := NewHouse(), newShelf()
		h.Archive, h.Limits = s, Limits{SourceLines: 1e9, SourceBurst: 1e9}
		s.known("B", "bob", 30*24*time.Hour)
		text := strings.Repeat("x", MaxText)
		leave := func(n int, from string) error {
			v := at(fmt.Sprint("user", n), fmt.Sprint("K", n%5))
			v.Remote = netip.MustParseAddr(from)
			u := enter(t, h, v)
			defer u.Leave(Quit)
			_, err := u.Tell("bob", text)
			return err
		}
		fill := func(from string) (n int) {
			for err := error(nil); err == nil; n++ {
				err = leave(n, from)
				var r *Refusal
				if err != nil && (!errors.As(err, &r) || r.Phrase != AddressLetters || !r.Later()) {
					t.Fatal(err)
				}
			}
			return n - 1
		}
		size := MaxText + letterOverhead
		if n := fill("192.0.2.1"); n != shareOfLetters().atOnce/size {
			t.Errorf("%d letters from one address", n)
		}
		if err := leave(0, "192.0.2.2"); err != nil {
			t.Error(err)
		}
		fill("2001:db8:1:2::1")
		if err := leave(0, "2001:db8:1:3::1"); err == nil {
			t.Error("another /64 of the same network has a share of its own")
		}
		time.Sleep(24 * time.Hour)
		if n := fill("192.0.2.1"); n < shareOfLetters().perDay/size || n > shareOfLetters().perDay/size+1 {
			t.Errorf("%d letters from it on the next day", n)
		}
	})
}

// What somebody was handed and may not have seen waits though as many letters wait as may:
// whoever sent it takes it for read.
func TestHandedBackBesideLetters(t *testing.T) {
	h, s := NewHouse(), newShelf()
	h.Archive = s
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	if _, err := alice.Tell("bob", "hello"); err != nil {
		t.Fatal(err)
	}
	bob.Leave(HungUp)
	if err := bob.Return(); err != nil {
		t.Fatal(err)
	}
	if want := (PostLimits{Pair: 128, Box: 228, Part: 0.5}); s.limits != want || len(s.letters["B"]) != 1 {
		t.Errorf("%d wait, within %+v", len(s.letters["B"]), s.limits)
	}
}
