package room

import (
	"context"
	"runtime"
	"time"

	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
)

// A ScanKind says which growing data a command looks through.
type ScanKind uint8

const (
	ScanMemory ScanKind = iota + 1 // users and histories
	ScanStore                      // the message store as well
)

// ScanTimeout is how long a command waits for its turn to scan. Scripted clients wait for as long
// as it takes.
const ScanTimeout = 5 * time.Second

// newScanSlots returns what limits how many commands of a hub scan at a time. Half of the cores
// remain for messages.
func newScanSlots() ratelimit.Semaphore {
	return make(ratelimit.Semaphore, max(1, runtime.GOMAXPROCS(0)/2))
}

// Scan runs do, which scans data. Only one scan runs for an address at a time, and only after
// the address has paid for its earlier work: so all addresses get equal turns, no matter how many
// sessions they have. Scans of the message store have a semaphore of their own. The error may be a
// [Reason].
func (s *Session) Scan(what ScanKind, do func() (Reply, error)) (Reply, error) {
	s.scanWork = 0
	if what == 0 {
		return do()
	}
	ctx := context.Background()
	if !s.Client.Scripted {
		limited, cancel := context.WithTimeout(ctx, ScanTimeout)
		defer cancel()
		ctx = limited
	}
	if from := s.addressLimit.Load(); from != nil {
		if err := s.acquire(ctx, from.Work.ScanSlot); err != nil {
			return nil, err
		}
		defer from.Work.ScanSlot.Release()
		if err := s.waitForBudget(ctx); err != nil {
			return nil, err
		}
	}
	if what == ScanStore {
		s.scanWork = ratelimit.WorkPerStoreScan
	} else {
		if err := s.acquire(ctx, s.hub.scanSlots); err != nil {
			return nil, err
		}
		defer s.hub.scanSlots.Release()
	}
	answer, err := do()
	s.charge(s.scanWork + s.answerWork(answer))
	return answer, err
}

// acquire waits for a turn, unless that takes too long or s leaves.
func (s *Session) acquire(ctx context.Context, turn ratelimit.Semaphore) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return s.hub.refuseScan()
	case <-s.done:
	case <-s.Client.Done:
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

// AddWork adds to the work of s's command, and yields to other goroutines now and then.
func (s *Session) AddWork(work time.Duration) {
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
	items, messages := answer.Cost()
	work := time.Duration(items) * ratelimit.WorkPerItem
	if !s.OneShot {
		for _, said := range messages {
			work += ratelimit.WorkPerItem + time.Duration(said.TextSize())*ratelimit.WorkPerByte
		}
	}
	return work
}
