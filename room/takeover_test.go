package room

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// first is who comes in at a terminal and has not been asked anything.
func first(name, key string) ClientInfo {
	return ClientInfo{RequestedName: name, Fingerprint: key, Terminal: true}
}

// occupied returns when the other terminal has left, from which ci does not take over.
func occupied(t *testing.T, h *Hub, ci ClientInfo) <-chan struct{} {
	t.Helper()
	s, err := h.Enter(ci)
	var held *SessionConflictError
	if !errors.As(err, &held) {
		t.Fatalf("it enters: %v, %v", s, err)
	}
	select {
	case <-held.Ended:
		t.Fatal("the other one has left")
	default:
	}
	return held.Ended
}

// Two terminals that reconnect by themselves take each other's place twice and no more: then the
// one that is connected stays. A user who asks for it takes over at any time, and is not thrown out
// by the one that reconnects. After a quiet minute everything is as before.
func TestTakeoversEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		bob := enter(t, h, at("bob", ""))
		desk, laptop := first("ada", "A"), first("ada", "A")
		one := enter(t, h, desk)
		second := enter(t, h, laptop)
		third := enter(t, h, desk)
		if one.Reason() != TakenOver || second.Reason() != TakenOver || third.Reason() != "" {
			t.Fatal(one.Reason(), second.Reason(), third.Reason())
		}
		for range 100 {
			occupied(t, h, laptop)
			time.Sleep(takeoverWindow / 200)
		}
		enter(t, h, ClientInfo{RequestedName: "ada", Fingerprint: "A", Scripted: true}).Leave(Quit) // a pipe is in nobody's way
		enter(t, h, at("carol", "C"))                                                               // nor is it another person's

		laptop.Takeover = TakeoverAlways
		meant := enter(t, h, laptop)
		if third.Reason() != TakenOver {
			t.Error("who says so does not take over")
		}
		left := occupied(t, h, desk)
		time.Sleep(takeoverWindow)
		desk.Takeover = TakeoverNever
		occupied(t, h, desk)
		meant.Leave(HungUp)
		select {
		case <-left:
		default:
			t.Error("who waits is not told that the other one has left")
		}
		again := enter(t, h, desk)
		desk.Takeover = TakeoverUnlessRepeated
		enter(t, h, desk)
		if again.Reason() != TakenOver {
			t.Error("after a quiet minute nobody takes over")
		}
		if got, want := read(t, bob), "+bob; +ada; +carol; -ada (hung up); +ada"; got != want {
			t.Errorf("bob reads %s, want %s", got, want)
		}
	})
}

// A client that may not enter at all is not asked about another terminal.
func TestSessionConflictRefusesEntry(t *testing.T) {
	h := NewHub()
	for range 3 {
		enter(t, h, first("ada", "A"))
	}
	h.Close()
	if _, err := h.Enter(first("ada", "A")); err != ErrClosed {
		t.Error(err)
	}
}
