package connlimit

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/transport"
)

// An endlessConn is a connection from which something always comes.
type endlessConn struct{ *silentConn }

func (c endlessConn) Read(p []byte) (int, error) { return len(p), nil }

// readFor reads from a connection for a time, and returns how many bytes came.
func readFor(t *testing.T, c *Conn, d time.Duration) (n int) {
	t.Helper()
	end := time.Now().Add(d)
	for buf := make([]byte, 32<<10); time.Now().Before(end); {
		read, err := c.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		n += read
	}
	return n
}

// A file that is piped in is there at once; in the long run, a connection is read at its
// pace, whatever it is that comes.
func TestInputRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := New(defaultLimits()).acquire(endlessConn{newSilentConn("192.0.2.1")}, false)
		began := time.Now()
		if _, err := io.CopyN(io.Discard, c, 1_000_000); err != nil || time.Since(began) != 0 {
			t.Errorf("the first megabyte took %v, %v", time.Since(began), err)
		}
		if n := 1_000_000 + readFor(t, c, 100*time.Second); n < 7_500_000 || n > 7_700_000 {
			t.Errorf("%d bytes in 100 s, want 1 MiB and 100 times 64 KiB", n)
		}
		time.Sleep(time.Hour)
		if n := readFor(t, c, time.Nanosecond); n < 1<<20 || n > 1<<20+2*maxRead {
			t.Errorf("%d bytes at once after a rest, want a megabyte", n)
		}
	})
}

// All connections of an address together have the pace of four, those of an IPv6 network
// that of more, and so has who comes again.
func TestInputRatePerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(defaultLimits())
		total := 0
		done := make(chan int)
		for range 32 {
			c, _ := g.acquire(endlessConn{newSilentConn("192.0.2.1")}, false)
			go func() {
				n := readFor(t, c, 100*time.Second)
				c.Close()
				done <- n
			}()
		}
		for range 32 {
			total += <-done
		}
		const most = 4<<20 + 100*(256<<10)
		if total < most*9/10 || total > most+2*32*maxRead {
			t.Errorf("%d bytes in 100 s, want %d", total, most)
		}
		again, _ := g.acquire(endlessConn{newSilentConn("192.0.2.1")}, false)
		if n := readFor(t, again, time.Nanosecond); n > 2*maxRead {
			t.Errorf("%d bytes at once from who comes again", n)
		}
		other, _ := g.acquire(endlessConn{newSilentConn("192.0.2.2")}, false)
		if n := readFor(t, other, time.Nanosecond); n < 1<<20 {
			t.Errorf("%d bytes at once from somebody else", n)
		}
	})
}

// Who closes a connection does not wait for a read that does, nor does who needs its place.
func TestCloseInterruptsDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := defaultLimits()
		limits.Input = 1
		c, _ := New(limits).acquire(endlessConn{newSilentConn("192.0.2.1")}, false)
		ended := make(chan time.Duration, 1)
		began := time.Now()
		go func() {
			for buf := make([]byte, maxRead); time.Since(began) == 0; {
				_, _ = c.Read(buf)
			}
			ended <- time.Since(began)
		}()
		time.Sleep(time.Second)
		c.Close()
		c.Close()
		if took := <-ended; took != time.Second {
			t.Errorf("the read ended after %v", took)
		}
	})
}

// Work that was done for a client is paid for by time, too: nothing is read until then,
// however often that is said.
func TestDelayReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := New(Limits{}).acquire(endlessConn{newSilentConn("192.0.2.1")}, false)
		began, buf := time.Now(), make([]byte, 1)
		transport.DelayReads(c, 3*time.Second)
		transport.DelayReads(c, time.Second)
		if _, err := c.Read(buf); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("the read took %v, %v", time.Since(began), err)
		}
		transport.DelayReads(c, time.Hour)
		time.AfterFunc(time.Second, func() { c.Close() })
		if _, _ = c.Read(buf); time.Since(began) != 4*time.Second {
			t.Errorf("the read ended %v after the beginning", time.Since(began))
		}
	})
}

// Who sends byte by byte pays for more than that: each read wakes the machine up.
func TestMinReadCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := New(defaultLimits()).acquire(endlessConn{newSilentConn("192.0.2.1")}, false)
		buf, began, reads := make([]byte, 1), time.Now(), 0
		for ; time.Since(began) < 100*time.Second; reads++ {
			if _, err := c.Read(buf); err != nil {
				t.Fatal(err)
			}
		}
		if most := (inputBurstSeconds + 100) * defaultLimits().Input / minReadCost; reads > most+1 {
			t.Errorf("%d reads in 100 s, want %d", reads, most)
		}
	})
}

// Where addresses do not count, as behind a balancer that tells none, each connection has
// its own pace alone.
func TestInputWithoutAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := defaultLimits()
		limits.Address, limits.Connects = 0, 0
		g := New(limits)
		for range 100 {
			c, _ := g.acquire(endlessConn{newSilentConn("192.0.2.1")}, false)
			if n := readFor(t, c, time.Nanosecond); n < 1<<20 {
				t.Fatalf("%d bytes at once, want a megabyte", n)
			}
			c.SessionStarted()
		}
	})
}
