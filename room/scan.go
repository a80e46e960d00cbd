package room

import (
	"context"
	"runtime"
	"time"

	"teahouse/internal/reply"
)

// A scanKind says what a command looks through that grows with the house.
type scanKind uint8

const (
	scanMemory scanKind = iota + 1 // who is here, what was said
	scanStore                      // what the archive has, too
)

// scanTimeout is how long at most a command waits for its turn to look through much. The
// patient wait for as long as it takes.
const scanTimeout = 5 * time.Second

// semaphore are those of who looks through much: so many at a time, and the others in the
// order in which they came.
type semaphore chan struct{}

// newScanSlots returns the turns of a house. Half of the machine is left to those who talk.
func newScanSlots() semaphore { return make(semaphore, max(1, runtime.GOMAXPROCS(0)/2)) }

// runScan has s do what looks through something. From one address one does so at a time,
// once the work of those before is paid for: so all addresses have their turn in the
// house as often, however many sessions they have. The archive has turns of its own. The
// error may be a [Reason].
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

// waitForBudget waits until the work that was done before is paid for, unless that takes too
// long or s leaves.
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

// addWork notes that s's command looks at so much, and gives way to others now and then.
func (s *Session) addWork(work time.Duration) {
	const breath = 100 * time.Microsecond
	before := s.scanWork
	if s.scanWork += work; s.scanWork/breath > before/breath {
		runtime.Gosched()
	}
}

// answerWork is what it takes to make an answer ready and send it. Who visits pays for talk as
// it is sent, by [Session.SpendBytes].
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
