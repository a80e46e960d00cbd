package ratelimit

import "time"

const (
	// WorkRate is how much of one core the sessions from one address (an IPv6 /56) may keep busy in
	// the long run, and WorkBurst how much work they may ask for at once.
	WorkRate  = 0.2
	WorkBurst = 250 * time.Millisecond

	// networkWorkBurst is large enough that one household's debt does not affect others in its
	// network.
	networkWorkBurst = 2 * WorkBurst
)

// A Household stands for all sessions from one address (an IPv6 /56): they share a work budget, and
// only one of them scans at a time.
type Household struct {
	*Budget
	ScanSlot Semaphore
}

func newHousehold(network *Budget) *Household {
	return &Household{Budget: NewBudget(WorkRate, WorkBurst, network), ScanSlot: make(Semaphore, 1)}
}
