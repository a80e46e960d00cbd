package ratelimit

import (
	"sync/atomic"
	"time"
)

// A Meter charges the work that is done for one session to its household, and lets the session wait
// until that is paid for. Without limits it charges nobody. Its methods may be called from any
// goroutine unless they say otherwise; the session's goroutines are its reader and its writer.
type Meter struct {
	owed    time.Duration           // how long to wait to pay for what was rendered for this session alone; the writer's
	from    atomic.Pointer[Address] // shared with the other sessions from the same address; nil without limits
	scanned time.Duration           // the work of the current or the last scan; the reader's
	waiter  Waiter
	scans   *Scans
}

// Init makes the Meter wait by w, and take turns with all others that use scans. It must be called
// before anything else.
func (m *Meter) Init(w Waiter, scans *Scans) { m.waiter, m.scans = w, scans }

// SetAddress sets the address whose household pays, or nil for no limits.
func (m *Meter) SetAddress(from *Address) { m.from.Store(from) }

// Address returns the address whose household pays, or nil if there are no limits.
func (m *Meter) Address() *Address { return m.from.Load() }

// Charge adds work to what the household owes. It returns how long to wait until all of that is
// paid for, or zero.
func (m *Meter) Charge(work time.Duration) (owed time.Duration) {
	if from := m.from.Load(); from != nil {
		return from.Work.Charge(work)
	}
	return 0
}

// Spend charges for work that was done for the session, and waits until it is paid for, which
// usually takes no time. The error is the one with which the Waiter stopped waiting.
func (m *Meter) Spend(work time.Duration) error { return m.waiter.Sleep(m.Charge(work)) }

// SpendBytes waits until earlier work is paid for, then charges for n bytes of an answer that are
// about to be sent. Errors are as for Spend.
func (m *Meter) SpendBytes(n int) error {
	err := m.Spend(0)
	m.Charge(time.Duration(n) * WorkPerByte)
	return err
}

// ChargeRendering charges for bytes that were rendered for this session alone; PayRendering waits
// until they are paid for. A session that lags behind gets lines whose renderings are no longer
// cached; many that lag on purpose would have each line rendered as often. Only the writer
// goroutine may call it.
func (m *Meter) ChargeRendering(bytes int) {
	if bytes > 0 {
		m.owed = m.Charge(time.Duration(bytes) * workPerRenderedByte)
	}
}

// OwesRendering reports whether PayRendering would wait. Only the writer goroutine may call it.
func (m *Meter) OwesRendering() bool { return m.owed > 0 }

// PayRendering sleeps off what ChargeRendering has charged, or less if the session leaves. Only the
// writer goroutine may call it.
func (m *Meter) PayRendering() {
	if m.owed > 0 {
		_ = m.waiter.Sleep(m.owed) // even after leaving there may be something to read
		m.owed = 0
	}
}
