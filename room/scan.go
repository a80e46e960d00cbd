package room

import (
	"context"
	"runtime"
	"time"

	"teahouse/internal/reply"
)

// A scanKind says which growing data a command looks through.
type scanKind uint8

const (
	scanMemory scanKind = iota + 1 // users and histories
	scanStore                      // the message store as well
)

// scanTimeout is how long a command waits for its turn to scan. Scripted clients wait for as long
// as it takes.
const scanTimeout = 5 * time.Second

// A semaphore limits how many commands scan at a time. The others wait in order of arrival.
type semaphore chan struct{}

// newScanSlots returns the semaphore of a hub. Half of the cores remain for messages.
func newScanSlots() semaphore { return make(semaphore, max(1, runtime.GOMAXPROCS(0)/2)) }

// runScan runs do, which scans data. Only one scan runs for an address at a time, and only after
// the address has paid for its earlier work: so all addresses get equal turns, no matter how many
// sessions they have. Scans of the message store have a semaphore of their own. The error may be a
// [Reason].
func (s *Session) runScan(what scanKind, do func() (Reply, error)) (Reply, error) {
	s.scanWork = 0
	if what == 0 {
		return do()
	}
	ctx := context.Background()
	if !s.client.Scripted {
		limited, cancel := context.WithTimeout(ctx, scanTimeout)
		defer cancel()
		ctx = limited
	}
	if from := s.addressLimit.Load(); from != nil {
		if err := s.acquire(ctx, from.work.scanSlot); err != nil {
			return nil, err
		}
		defer func() { <-from.work.scanSlot }()
		if err := s.waitForBudget(ctx); err != nil {
			return nil, err
		}
	}
	if what == scanStore {
		s.scanWork = workPerStoreScan
	} else {
		if err := s.acquire(ctx, s.hub.scanSlots); err != nil {
			return nil, err
		}
		defer func() { <-s.hub.scanSlots }()
	}
	answer, err := do()
	s.charge(s.scanWork + s.answerWork(answer))
	return answer, err
}

// acquire waits for a turn, unless that takes too long or s leaves.
func (s *Session) acquire(ctx context.Context, turn semaphore) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return s.hub.refuseScan()
	case <-s.done:
	case <-s.client.Done:
		s.Leave(HungUp)
	}
	return s.Reason()
}

// waitForBudget waits until earlier work is paid for, unless that takes too long or s leaves.
func (s *Session) waitForBudget(ctx context.Context) error {
	owed := s.charge(0)
	if end, ok := ctx.Deadline(); ok && owed > time.Until(end) {
		return s.hub.refuseScan()
	}
	return s.sleep(owed)
}

func (h *Hub) refuseScan() error {
	h.scanRefused.Add(1)
	return reply.Refuse(reply.TooManyScans)
}

// addWork adds to the work of s's command, and yields to other goroutines now and then.
func (s *Session) addWork(work time.Duration) {
	const breath = 100 * time.Microsecond
	before := s.scanWork
	if s.scanWork += work; s.scanWork/breath > before/breath {
		runtime.Gosched()
	}
}

// answerWork returns the cost of preparing and sending an answer. One-shot sessions pay for
// messages as they are sent, by [Session.SpendBytes].
func (s *Session) answerWork(answer Reply) time.Duration {
	if answer == nil {
		return 0
	}
	items, messages := answer.size()
	work := time.Duration(items) * workPerItem
	if !s.oneShot {
		for _, said := range messages {
			work += workPerItem + time.Duration(said.textSize())*workPerByte
		}
	}
	return work
}
