package sshd

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/room"
)

// pour writes to w without end, and tells when that fails.
func pour(w interface{ Write([]byte) (int, error) }, p []byte) <-chan error {
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

// What comes for who does not read it is thrown away, as standard error is: else no more
// than a window of it would get through, and that much would be kept.
func TestUnwantedInputIsNotKept(t *testing.T) {
	h := open(t, nil)
	client := h.dial(t, "mallory")
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
		p := make([]byte, 3<<20)
		_, input := channel.Write(p)
		_, errors := channel.Stderr().Write(p)
		sent <- cmp.Or(input, errors)
	}()
	select {
	case err := <-sent:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("it waits to be read")
	}
}

// Who is held back because its lines wait may be as far ahead as its window says. Who cuts
// its packets small has far more in the library than that: it is shown out.
func TestFarAhead(t *testing.T) {
	h := open(t, func(s *Server) { s.House.Limits = room.Limits{Lines: 1, Burst: 1} })
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
		t.Errorf("who is ahead by less than the window: %v", err)
	}
	small, channel := sends("x\n", 1)
	<-pour(channel, []byte("x\n"))
	_ = small.Wait()
	eventually(t, "the log says why", func() bool { return strings.Contains(h.log.String(), "too much unread") })
	honest.Close()
	eventually(t, "nothing is counted", func() bool {
		h.farAhead.mu.Lock()
		defer h.farAhead.mu.Unlock()
		return len(h.farAhead.known) == 0
	})
}

// Few connections of an address may be far ahead, and each only so far; what is taken of it
// counts, and who has taken all begins anew.
func TestAhead(t *testing.T) {
	far := &bySource{}
	newAhead := func(addr string) *ahead {
		return &ahead{far: far, source: netip.MustParseAddr(addr)}
	}
	level := newAhead("192.0.2.1")
	if !level.came(1 << 30) {
		t.Error("who is level may not send")
	}
	var crowd []*ahead
	for i := range maxFar + 1 {
		a := newAhead("192.0.2.1")
		a.behind()
		crowd = append(crowd, a)
		if !a.came(freeAhead) {
			t.Fatal("a little is too much")
		}
		if got, want := a.came(1), i < maxFar; got != want {
			t.Errorf("connection %d may be far ahead: %t", i, got)
		}
	}
	if other := newAhead("192.0.2.2"); true {
		other.behind()
		if !other.came(maxAhead) || other.came(1) {
			t.Error("from another address it is not four megabytes")
		}
		other.took(1000)
		if !other.came(4000-1) || other.came(1) {
			t.Error("what is taken does not count four times")
		}
		other.level()
		other.behind()
		if !other.came(maxAhead) {
			t.Error("it does not begin anew")
		}
	}
	crowd[0].end()
	crowd[0].came(maxAhead) // a read that was under way
	if last := crowd[maxFar]; !last.came(1) {
		t.Error("who leaves makes no room")
	}
	for _, a := range crowd {
		a.level()
		a.end()
	}
	if n := fmt.Sprint(far.known[room.Household(level.source)]); n != "0" {
		t.Errorf("%s are counted in the end", n)
	}
}

// Who has an IPv6 /48 has 256 households, and no more than what two of them may have.
func TestNetworksCountTogether(t *testing.T) {
	var b bySource
	var in []netip.Addr
	for n := range 100 {
		if addr := netip.MustParseAddr(fmt.Sprintf("2001:db8:0:%x::1", n<<8)); b.add(addr, 4) {
			in = append(in, addr)
		}
	}
	if len(in) != 8 || !b.add(netip.MustParseAddr("2001:db8:1::1"), 4) || !b.add(netip.MustParseAddr("192.0.2.1"), 4) {
		t.Errorf("a /48 has %d, want 8, and others theirs", len(in))
	}
	for _, addr := range append(in, netip.MustParseAddr("2001:db8:1::1"), netip.MustParseAddr("192.0.2.1")) {
		b.remove(addr)
	}
	if len(b.known) != 0 {
		t.Errorf("%v are counted in the end", b.known)
	}
}
