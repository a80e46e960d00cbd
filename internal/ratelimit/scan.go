package ratelimit

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"
)

// A ScanKind says which growing data a command looks through. The zero ScanKind is none.
type ScanKind uint8

const (
	ScanMemory ScanKind = iota + 1 // users and histories
	ScanStore                      // the message store as well
)

// ScanTimeout is how long a command waits for its turn to scan. Scripted clients wait for as long
// as it takes.
const ScanTimeout = 5 * time.Second

// ErrTooManyScans is returned by [Meter.Scan] to a client that would have to wait too long.
var ErrTooManyScans = errors.New("ratelimit: too many scans")

// Scans limits how many commands scan memory at a time, for whomever. A message store limits scans
// of its own.
type Scans struct {
	slots   Semaphore
	refused atomic.Uint64
}

// NewScans returns a Scans that leaves half of the cores for messages.
func NewScans() *Scans {
	return &Scans{slots: make(Semaphore, max(1, runtime.GOMAXPROCS(0)/2))}
}

// Refused returns how many scans were refused.
func (s *Scans) Refused() uint64 { return s.refused.Load() }

// Scan runs do, which scans data and returns what its answer costs. Only one scan runs for a
// household at a time, and only after the household has paid for its earlier work: so all
// households get equal turns, no matter how many sessions they have.
//
// A scripted client waits for its turn as long as it takes, others for ScanTimeout. The error is
// [ErrTooManyScans] or the one with which the Waiter stopped waiting; do has not run then. Only the
// reader goroutine may call Scan.
func (m *Meter) Scan(kind ScanKind, scripted bool, do func() (answer time.Duration)) error {
	ctx := context.Background()
	if !scripted {
		limited, cancel := context.WithTimeout(ctx, ScanTimeout)
		defer cancel()
		ctx = limited
	}
	if from := m.Address(); from != nil {
		if err := m.acquire(ctx, from.Work.ScanSlot); err != nil {
			return err
		}
		defer from.Work.ScanSlot.Release()
		if err := m.waitForBudget(ctx); err != nil {
			return err
		}
	}
	if kind == ScanMemory {
		if err := m.acquire(ctx, m.scans.slots); err != nil {
			return err
		}
		defer m.scans.slots.Release()
	}
	m.scanned = 0
	if kind == ScanStore {
		m.scanned = workPerStoreScan
	}
	answer := do()
	m.Charge(m.scanned + answer)
	return nil
}

// acquire waits for a turn, unless that takes too long or the session leaves.
func (m *Meter) acquire(ctx context.Context, turn Semaphore) error {
	err := m.waiter.Acquire(ctx, turn)
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return m.refuseScan()
	}
	return err
}

// waitForBudget waits until earlier work is paid for, unless that takes too long or the session
// leaves.
func (m *Meter) waitForBudget(ctx context.Context) error {
	owed := m.Charge(0)
	if end, ok := ctx.Deadline(); ok && owed > time.Until(end) {
		return m.refuseScan()
	}
	return m.waiter.Sleep(owed)
}

func (m *Meter) refuseScan() error {
	m.scans.refused.Add(1)
	return ErrTooManyScans
}

// AddWork adds to the work of the current scan, and yields to other goroutines now and then. Only
// the reader goroutine may call it.
func (m *Meter) AddWork(work time.Duration) {
	const breath = 100 * time.Microsecond
	before := m.scanned
	if m.scanned += work; m.scanned/breath > before/breath {
		runtime.Gosched()
	}
}
