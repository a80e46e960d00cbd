package room

import (
	"net/netip"
	"time"

	"teahouse/internal/ratelimit"
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

// A household is all who come from one address, or IPv6 /56: they share a budget of work, and one
// of them at a time looks through much.
type household struct {
	*ratelimit.Budget
	scanSlot semaphore
}

func newHousehold(network *ratelimit.Budget) *household {
	return &household{Budget: ratelimit.NewBudget(workRate, workBurst, network), scanSlot: make(semaphore, 1)}
}

// charge adds work that is done for s to that of all who come from the same household. It
// returns how long to wait until it is paid for, if that is more than zero.
func (s *Session) charge(work time.Duration) (owed time.Duration) {
	if from := s.addressLimit.Load(); from != nil {
		return from.work.Charge(work)
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
	return from.work.Charge(work)
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
