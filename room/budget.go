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
	// workShare is how much of one core those who come from one address, or IPv6 /56, may
	// keep busy in the long run, and savedWork how much work they may ask for at once.
	workShare = 0.2
	savedWork = 250 * time.Millisecond

	// savedAround is enough for a network that what one household owes is not the others'.
	savedAround = 2 * savedWork

	workPerItem     = time.Microsecond // of an answer: to find it, show it and send it
	workPerByte     = 20 * time.Nanosecond
	workPerLine     = 20 * time.Nanosecond   // to look at one and pass on
	workPerKilobyte = time.Microsecond       // to look for a word in it
	workInStore     = 500 * time.Millisecond // to go through all that is stored
	workPerShown    = 50 * time.Nanosecond   // to render a byte of talk for a terminal
)

// A budget says how much work may be done for those who share it. What goes beyond it is
// owed, and paid for by time.
type budget struct {
	mu   sync.Mutex
	paid time.Time // up to when all work is paid for; what lies before now is saved

	saved  time.Duration
	around *budget // of more people, who may do twice as much together; nil for none

	turn turns // of those who look through much
}

// newAround returns a budget of a network, of which work takes half of what it takes of a
// household's.
func newAround() *budget { return &budget{saved: savedAround} }

func newBudget(around *budget) *budget {
	return &budget{saved: savedWork, around: around, turn: make(turns, 1)}
}

// charge adds work, and returns how long it takes until all is paid for: less than zero
// where something is saved.
func (b *budget) charge(work time.Duration) (owed time.Duration) {
	own := b.chargeOwn(work)
	if b.around == nil {
		return own
	}
	return max(own, b.around.chargeOwn(work/2))
}

func (b *budget) chargeOwn(work time.Duration) (owed time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.paid = later(b.paid, now.Add(-worth(b.saved))).Add(worth(work))
	return b.paid.Sub(now)
}

// worth returns how long it takes to pay for work.
func worth(work time.Duration) time.Duration { return time.Duration(float64(work) / workShare) }

// isWhole reports whether a budget is as good as a new one.
func (b *budget) isWhole() bool { return b.charge(0) <= -worth(b.saved) }

// charge adds work that is done for u to that of all who come from the same household. It
// returns how long to wait until it is paid for, if that is more than zero.
func (u *User) charge(work time.Duration) (owed time.Duration) {
	if from := u.source.Load(); from != nil {
		return from.work.charge(work)
	}
	return 0
}

// Charge charges those who come from an address with work that a door has done for somebody
// who need not be in. It returns how long it takes until all is paid for, if that is more
// than zero.
func (h *House) Charge(remote netip.Addr, work time.Duration) (owed time.Duration) {
	h.mu.Lock()
	from := h.sources.find(remote, h.Limits)
	h.mu.Unlock()
	if from == nil {
		return 0
	}
	return from.work.charge(work)
}

// Spend charges work that a door has done for u, and waits until it is paid for: as a
// rule there is nothing to wait for. The error is the [Reason] why u has left meanwhile.
func (u *User) Spend(work time.Duration) error { return u.pause(u.charge(work)) }

// SpendBytes waits until what was done for u before is paid for, and charges it with so
// many bytes of an answer, which are about to be sent. Errors are as with Spend.
func (u *User) SpendBytes(n int) error {
	err := u.Spend(0)
	u.charge(time.Duration(n) * workPerByte)
	return err
}

// ShowAlone charges u with so many bytes of talk that are rendered for it alone, and has
// Wait wait until that is paid for. Who lags behind comes to lines whose renderings are kept
// no more: many who do so on purpose would have each line rendered as many times. Only the
// writer goroutine may call it.
func (u *User) ShowAlone(bytes int) {
	if bytes > 0 {
		u.owed = u.charge(time.Duration(bytes) * workPerShown)
	}
}
