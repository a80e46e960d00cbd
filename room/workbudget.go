package room

import (
	"net/netip"
	"time"

	"teahouse/internal/ratelimit"
)

// Work is expressed as the time for which it keeps one core of an ordinary machine busy. It is
// estimated from what there is to do, such as bytes to scan, and never measured, so that it costs
// the same on a busy machine.
const (
	// WorkRate is how much of one core the sessions from one address (an IPv6 /56) may keep busy in
	// the long run, and WorkBurst how much work they may ask for at once.
	WorkRate  = 0.2
	WorkBurst = 250 * time.Millisecond

	// NetworkWorkBurst is large enough that one household's debt does not affect others in its
	// network.
	NetworkWorkBurst = 2 * WorkBurst

	WorkPerItem         = time.Microsecond // to find, show and send one item of an answer
	workPerByte         = 20 * time.Nanosecond
	WorkPerLine         = 20 * time.Nanosecond   // to look at a line and skip it
	WorkPerKilobyte     = time.Microsecond       // to search it for a word
	workPerStoreScan    = 500 * time.Millisecond // to read everything that is stored
	workPerRenderedByte = 50 * time.Nanosecond   // to render a byte of a message for a terminal
)

// A household stands for all sessions from one address (an IPv6 /56): they share a work budget, and
// only one of them scans at a time.
type household struct {
	*ratelimit.Budget
	scanSlot semaphore
}

func newHousehold(network *ratelimit.Budget) *household {
	return &household{Budget: ratelimit.NewBudget(WorkRate, WorkBurst, network), scanSlot: make(semaphore, 1)}
}

// charge adds work done for s to what its household owes. It returns how long to wait until that is
// paid for, or zero.
func (s *Session) charge(work time.Duration) (owed time.Duration) {
	if from := s.addressLimit.Load(); from != nil {
		return from.work.Charge(work)
	}
	return 0
}

// Charge charges an address for work that a door has done for a client, which may not have entered
// yet. It returns how long it takes until everything is paid for, or zero.
func (h *Hub) Charge(remote netip.Addr, work time.Duration) (owed time.Duration) {
	st := h.Lock()
	from := h.addressLimits.find(remote, h.Limits)
	st.Unlock()
	if from == nil {
		return 0
	}
	return from.work.Charge(work)
}

// Spend charges s for work that a door has done, and waits until it is paid for, which usually
// takes no time. The error is the [Reason] why s has left meanwhile.
func (s *Session) Spend(work time.Duration) error { return s.sleep(s.charge(work)) }

// SpendBytes waits until earlier work for s is paid for, then charges it for n bytes of an answer
// that are about to be sent. Errors are as for Spend.
func (s *Session) SpendBytes(n int) error {
	err := s.Spend(0)
	s.charge(time.Duration(n) * workPerByte)
	return err
}

// ChargeRendering charges s for bytes that were rendered for it alone, and makes Wait wait until
// they are paid for. A session that lags behind gets lines whose renderings are no longer cached;
// many that lag on purpose would have each line rendered as often. Only the writer goroutine may
// call it.
func (s *Session) ChargeRendering(bytes int) {
	if bytes > 0 {
		s.owed = s.charge(time.Duration(bytes) * workPerRenderedByte)
	}
}
