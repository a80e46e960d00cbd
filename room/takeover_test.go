package room_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// first is a client at a terminal that has not been asked anything.
func first(name, key string) room.ClientInfo {
	return room.ClientInfo{RequestedName: name, Fingerprint: ids.Fingerprint(key), Terminal: true}
}

// occupied checks that ci has to ask, and returns the channel that tells when the other terminal
// has left.
func occupied(t *testing.T, h *room.Hub, ci room.ClientInfo) <-chan struct{} {
	t.Helper()
	s, err := roomtest.EnterHub(h, ci)
	var held *room.SessionConflictError
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
		h := room.New(room.Config{})
		bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
		desk, laptop := first("ada", "A"), first("ada", "A")
		one := roomtest.Enter(t, h, desk)
		second := roomtest.Enter(t, h, laptop)
		third := roomtest.Enter(t, h, desk)
		if one.Reason() != room.TakenOver || second.Reason() != room.TakenOver || third.Reason() != "" {
			t.Fatal(one.Reason(), second.Reason(), third.Reason())
		}
		for range 100 {
			occupied(t, h, laptop)
			time.Sleep(room.TakeoverWindow / 200)
		}
		roomtest.Enter(t, h, room.ClientInfo{RequestedName: "ada", Fingerprint: "A", Scripted: true}).Leave(room.Quit) // a pipe does not conflict
		roomtest.Enter(t, h, roomtest.At("carol", "C"))                                                                // nor does another person's

		laptop.Takeover = room.TakeoverAlways
		meant := roomtest.Enter(t, h, laptop)
		if third.Reason() != room.TakenOver {
			t.Error("a client that asks for it does not take over")
		}
		left := occupied(t, h, desk)
		time.Sleep(room.TakeoverWindow)
		desk.Takeover = room.TakeoverNever
		occupied(t, h, desk)
		meant.Leave(room.HungUp)
		select {
		case <-left:
		default:
			t.Error("a client that waits is not told that the other one has left")
		}
		again := roomtest.Enter(t, h, desk)
		desk.Takeover = room.TakeoverUnlessRepeated
		roomtest.Enter(t, h, desk)
		if again.Reason() != room.TakenOver {
			t.Error("after a quiet minute no takeover is possible")
		}
		if got, want := roomtest.Read(t, bob), "+bob; +ada; +carol; -ada (hung up); +ada"; got != want {
			t.Errorf("bob reads %s, want %s", got, want)
		}
	})
}

// A client that may not enter at all is not asked about another terminal.
func TestSessionConflictRefusesEntry(t *testing.T) {
	h := room.New(room.Config{})
	for range 3 {
		roomtest.Enter(t, h, first("ada", "A"))
	}
	h.Close()
	if _, err := roomtest.EnterHub(h, first("ada", "A")); err != room.ErrClosed {
		t.Error(err)
	}
}
