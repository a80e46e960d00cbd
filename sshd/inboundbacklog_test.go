package sshd

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/netaddr"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// writeForever writes to w without end, and reports the error that ends it.
func writeForever(w interface{ Write([]byte) (int, error) }, p []byte) <-chan error {
	failed := make(chan error, 1)
	go func() {
		for {
			if _, err := w.Write(p); err != nil {
				failed <- err
				return
			}
		}
	}()
	return failed
}

// Input that nobody reads is discarded, and so is standard error: otherwise only one window of it
// would get through, and would be kept.
func TestUnreadInputIsDiscarded(t *testing.T) {
	h := startServer(t, nil)
	more := 3 << 20 // than a window
	sendUnread(t, h.dial(t, "mallory"), more, more)
	client := h.dial(t, "mallory")
	sendUnread(t, client, 2*maxStderr, 0)
	sendUnread(t, client, more, 0) // a session that begins when standard error is discarded
}

// sendUnread sends standard error, and then input, to a session that reads neither.
func sendUnread(t *testing.T, client *gossh.Client, stderr, input int) {
	t.Helper()
	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	go gossh.DiscardRequests(requests)
	if _, err := channel.SendRequest("exec", true, gossh.Marshal(struct{ S string }{"follow"})); err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() {
		_, first := channel.Stderr().Write(make([]byte, stderr))
		_, second := channel.Write(make([]byte, input))
		sent <- cmp.Or(first, second)
	}()
	select {
	case err := <-sent:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(waitTimeout):
		t.Error("a client that sends input to follow is blocked: nobody discards it")
	}
}

// A client whose lines have to wait may be ahead by as much as its window allows. One that sends
// tiny packets makes the library keep far more, and is disconnected.
func TestInboundBacklogLimit(t *testing.T) {
	h := startServer(t, func(s *Server) {
		s.Hub = room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 1, Burst: 1}}})
	})
	sends := func(line string, n int) (*gossh.Client, gossh.Channel) {
		t.Helper()
		client := h.dial(t, "mallory")
		channel, requests, err := client.OpenChannel("session", nil)
		if err != nil {
			t.Fatal(err)
		}
		go gossh.DiscardRequests(requests)
		if _, err := channel.SendRequest("shell", true, nil); err != nil {
			t.Fatal(err)
		}
		for range n {
			if _, err := channel.Write([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
		return client, channel
	}
	honest, _ := sends(strings.Repeat("a line that waits\n", 1800), 60) // 1.9 MB
	if _, _, err := honest.SendRequest("are you there", true, nil); err != nil {
		t.Errorf("a client that is ahead by less than its window was disconnected: %v", err)
	}
	small, channel := sends("x\n", 1)
	<-writeForever(channel, []byte("x\n"))
	_ = small.Wait()
	testkit.Eventually(t, "the log says why", func() bool { return strings.Contains(h.log.String(), "too much unread") })
	honest.Close()
	testkit.Eventually(t, "nothing is counted", func() bool {
		h.overAllowance.mu.Lock()
		defer h.overAllowance.mu.Unlock()
		return len(h.overAllowance.counts) == 0
	})
}

// Only a few connections of an address may be far ahead, each up to a limit. What a session takes
// is subtracted, and when it has taken everything the count starts over.
func TestInboundBacklog(t *testing.T) {
	far := &addressCounter{}
	newAhead := func(addr string) *inboundBacklog {
		return &inboundBacklog{overAllowance: far, addr: netip.MustParseAddr(addr)}
	}
	level := newAhead("192.0.2.1")
	if !level.received(1 << 30) {
		t.Error("a client whose sessions read everything may not send a gigabyte")
	}
	var crowd []*inboundBacklog
	for i := range maxOverAllowance + 1 {
		a := newAhead("192.0.2.1")
		a.sessionBlocked()
		crowd = append(crowd, a)
		if !a.received(inboundAllowance) {
			t.Fatal("a client may not be ahead by its allowance")
		}
		if got, want := a.received(1), i < maxOverAllowance; got != want {
			t.Errorf("connection %d of one address may be far ahead: %t, want %t", i, got, want)
		}
	}
	if other := newAhead("192.0.2.2"); true {
		other.sessionBlocked()
		if !other.received(maxInboundBacklog) || other.received(1) {
			t.Errorf("a connection from another address may be ahead by more or less than %d bytes", maxInboundBacklog)
		}
		other.consumed(1000)
		if !other.received(4000-1) || other.received(1) {
			t.Error("a kilobyte that a session took does not make room for four")
		}
		other.sessionDrained()
		other.sessionBlocked()
		if !other.received(maxInboundBacklog) {
			t.Error("a client whose session has taken everything cannot be as far ahead again")
		}
	}
	crowd[0].close()
	crowd[0].received(maxInboundBacklog) // a read that was under way
	if last := crowd[maxOverAllowance]; !last.received(1) {
		t.Error("a connection that closes makes no room for another one")
	}
	for _, a := range crowd {
		a.sessionDrained()
		a.close()
	}
	if n := fmt.Sprint(far.counts[netaddr.Household(level.addr)]); n != "0" {
		t.Errorf("after all connections have closed, %s still count for the address", n)
	}
}

// An IPv6 /48 contains 256 households, but may have no more than two of them.
func TestIPv6NetworksCountTogether(t *testing.T) {
	var b addressCounter
	var in []netip.Addr
	for n := range 100 {
		if addr := netip.MustParseAddr(fmt.Sprintf("2001:db8:0:%x::1", n<<8)); b.add(addr, 4) {
			in = append(in, addr)
		}
	}
	if len(in) != 8 || !b.add(netip.MustParseAddr("2001:db8:1::1"), 4) || !b.add(netip.MustParseAddr("192.0.2.1"), 4) {
		t.Errorf("a /48 may have %d of 4 each, want 8, or other networks may have none", len(in))
	}
	for _, addr := range append(in, netip.MustParseAddr("2001:db8:1::1"), netip.MustParseAddr("192.0.2.1")) {
		b.remove(addr)
	}
	if len(b.counts) != 0 {
		t.Errorf("after all were removed, %v still count", b.counts)
	}
}
