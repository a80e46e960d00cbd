package room

import (
	"net/netip"
	"sync"
	"time"
)

// Work is counted as the time for which it keeps one core of an ordinary machine busy.
// It is reckoned from what is to be done, as so many bytes to look at, and never measured:
// who asks pays the same on a busy machine.
const (
	// workRate is how much of one core those who come from one address, or IPv6 /56, may
	// keep busy in the long run, and workBurst how much work they may ask for at once.
	workRate  = 0.2
	workBurst = 250 * time.Millisecond

	// networkWorkBurst is enough for a network that what one household owes is not the others'.
	networkWorkBurst = 2 * workBurst

	workPerItem         = time.Microsecond // of an answer: to find it, show it and send it
	workPerByte         = 20 * time.Nanosecond
	workPerLine         = 20 * time.Nanosecond   // to look at one and pass on
	workPerKilobyte     = time.Microsecond       // to look for a word in it
	workPerStoreScan    = 500 * time.Millisecond // to go through all that is stored
	workPerRenderedByte = 50 * time.Nanosecond   // to render a byte of talk for a terminal
)

// A workBudget says how much work may be done for those who share it. What goes beyond it is
// owed, and paid for by time.
type workBudget struct {
	mu        sync.Mutex
	paidUntil time.Time // up to when all work is paid for; what lies before now is saved

	burst  time.Duration
	parent *workBudget // of more people, who may do twice as much together; nil for none

	scanSlot semaphore // of those who look through much
}

// newNetworkBudget returns a budget of a network, of which work takes half of what it takes of a
// household's.
func newNetworkBudget() *workBudget { return &workBudget{burst: networkWorkBurst} }

func newWorkBudget(around *workBudget) *workBudget {
	return &workBudget{burst: workBurst, parent: around, scanSlot: make(semaphore, 1)}
}

// charge adds work, and returns how long it takes until all is paid for: less than zero
// where something is saved.
func (b *workBudget) charge(work time.Duration) (owed time.Duration) {
	own := b.chargeOwn(work)
	if b.parent == nil {
		return own
	}
	return max(own, b.parent.chargeOwn(work/2))
}

func (b *workBudget) chargeOwn(work time.Duration) (owed time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.paidUntil = laterTime(b.paidUntil, now.Add(-payTime(b.burst))).Add(payTime(work))
	return b.paidUntil.Sub(now)
}

// payTime returns how long it takes to pay for work.
func payTime(work time.Duration) time.Duration { return time.Duration(float64(work) / workRate) }

// isFull reports whether a budget is as good as a new one.
func (b *workBudget) isFull() bool { return b.charge(0) <= -payTime(b.burst) }

// charge adds work that is done for s to that of all who come from the same household. It
// returns how long to wait until it is paid for, if that is more than zero.
func (s *Session) charge(work time.Duration) (owed time.Duration) {
	if from := s.addressLimit.Load(); from != nil {
		return from.work.charge(work)
	}
	return 0
}

// Charge charges those who come from an address with work that a door has done for somebody
// who need not be in. It returns how long it takes until all is paid for, if that is more
// than zero.
func (h *Hub) Charge(remote netip.Addr, work time.Duration) (owed time.Duration) {
	h.mu.Lock()
	from := h.addressLimits.find(remote, h.Limits)
	h.mu.Unlock()
	if from == nil {
		return 0
	}
	return from.work.charge(work)
}

// Spend charges work that a door has done for s, and waits until it is paid for: as a
// rule there is nothing to wait for. The error is the [Reason] why s has left meanwhile.
func (s *Session) Spend(work time.Duration) error { return s.sleep(s.charge(work)) }

// SpendBytes waits until what was done for s before is paid for, and charges it with so
// many bytes of an answer, which are about to be sent. Errors are as with Spend.
func (s *Session) SpendBytes(n int) error {
	err := s.Spend(0)
	s.charge(time.Duration(n) * workPerByte)
	return err
}

// ChargeRendering charges s with so many bytes of talk that are rendered for it alone, and has
// Wait wait until that is paid for. Who lags behind comes to lines whose renderings are kept
// no more: many who do so on purpose would have each line rendered as many times. Only the
// writer goroutine may call it.
func (s *Session) ChargeRendering(bytes int) {
	if bytes > 0 {
		s.owed = s.charge(time.Duration(bytes) * workPerRenderedByte)
	}
}
