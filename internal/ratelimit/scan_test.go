package ratelimit

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// newMeters returns the Meters of two sessions of one household, and what lets the second one leave.
func newMeters() (first, second *Meter, leave chan struct{}) {
	var addresses Addresses
	scans := &Scans{slots: make(Semaphore, 2)}
	first, second, leave = &Meter{}, &Meter{}, make(chan struct{})
	first.Init(testWaiter{}, scans)
	second.Init(testWaiter{leave}, scans)
	for _, m := range []*Meter{first, second} {
		m.SetAddress(addresses.Find(homeAddr(0), Limits{AddressLines: 1}))
	}
	return first, second, leave
}

// A household scans one thing at a time. Whoever waits for it is refused after a while, unless
// scripted, or stops waiting on leaving.
func TestOneScanPerHousehold(t *testing.T) {
	for _, test := range []struct {
		scripted, leaves bool
		err              error
		after            time.Duration
	}{
		{err: ErrTooManyScans, after: ScanTimeout},
		{scripted: true, after: time.Minute},
		{leaves: true, err: errLeft, after: time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			first, second, leave := newMeters()
			defer time.Sleep(time.Minute) // until the first scan ends
			go func() {
				_ = first.Scan(ScanMemory, false, func() time.Duration { time.Sleep(time.Minute); return 0 })
			}()
			synctest.Wait()
			if test.leaves {
				time.AfterFunc(time.Second, func() { close(leave) })
			}
			began, ran := time.Now(), false
			err := second.Scan(ScanMemory, test.scripted, func() time.Duration { ran = true; return 0 })
			if d := time.Since(began); err != test.err || d != test.after || ran != (err == nil) {
				t.Errorf("%+v: the second scan ran: %v, and got %v after %v", test, ran, err, d)
			}
			if n := first.scans.Refused(); (n == 1) != (test.err == ErrTooManyScans) {
				t.Errorf("%+v: %d refused scans are counted", test, n)
			}
		})
	}
}

// A scan costs what it has looked at, and its answer. Until that is paid for, the household waits,
// or is refused at once if that would take too long.
func TestScanIsPaidFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, _ := newMeters()
		const work = 300 * time.Millisecond
		scan := func(m *Meter) error {
			return m.Scan(ScanMemory, false, func() time.Duration { m.AddWork(work); return work })
		}
		if err := scan(first); err != nil {
			t.Fatal(err)
		}
		owed := time.Duration(float64(2*work-WorkBurst) / WorkRate)
		if d := second.Charge(0); d != owed {
			t.Errorf("after a scan its household owes %v, want %v", d, owed)
		}
		began := time.Now()
		if err := scan(second); err != nil || time.Since(began) != owed {
			t.Errorf("the second scan got %v after %v, want it to wait for %v", err, time.Since(began), owed)
		}
		first.Charge(time.Duration(WorkRate * float64(ScanTimeout)))
		began = time.Now()
		if err := scan(first); !errors.Is(err, ErrTooManyScans) || time.Since(began) != 0 {
			t.Errorf("a household that owes too much got %v after %v", err, time.Since(began))
		}
	})
}

// Renderings are paid for by their session's writer alone.
func TestRenderingIsPaidFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := newMeters()
		m.Charge(WorkBurst)
		m.ChargeRendering(1 << 20)
		began := time.Now()
		m.PayRendering()
		m.PayRendering()
		if d, want := time.Since(began), m.Charge(0); d <= 0 || want > 0 {
			t.Errorf("the writer waited %v, and %v are still owed", d, want)
		}
		if err := m.SpendBytes(1000); err != nil || m.Charge(0) <= 0 {
			t.Errorf("bytes about to be sent are not charged: %v", err)
		}
		var unlimited Meter
		if unlimited.Charge(time.Hour) != 0 {
			t.Error("without limits somebody has to pay")
		}
	})
}
