package connlimit

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/transport"
)

// An endlessConn always has input.
type endlessConn struct{ *silentConn }

func (c endlessConn) Read(p []byte) (int, error) { return len(p), nil }

// readFor reads from c for d, and returns the number of bytes.
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

// A file that is piped in arrives at once. In the long run a connection is read at its rate,
// whatever it sends.
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
			t.Errorf("%d bytes at once after an hour's pause, want a megabyte", n)
		}
	})
}

// All connections of one address together are read at the rate of four. Reconnecting does not
// reset that.
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
			t.Errorf("%d bytes at once after reconnecting, want none", n)
		}
		other, _ := g.acquire(endlessConn{newSilentConn("192.0.2.2")}, false)
		if n := readFor(t, other, time.Nanosecond); n < 1<<20 {
			t.Errorf("%d bytes at once from another address, want a megabyte", n)
		}
	})
}

// Close interrupts a read that is being delayed.
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
			t.Errorf("the read ended after %v, want 1s", took)
		}
	})
}

// DelayReads delays the next read until the latest time that was asked for.
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
			t.Errorf("the read ended %v after the start, want 4s", time.Since(began))
		}
	})
}

// Each read is charged at least minReadCost.
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
			t.Errorf("%d reads in 100 s, want %d at most", reads, most)
		}
	})
}

// If addresses are not counted, as behind a balancer that sends no PROXY header, each connection
// has only its own rate.
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
