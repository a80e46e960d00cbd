package room

import (
	"context"
	"runtime"
	"time"
)

// A through says what a command looks through that grows with the house.
type through uint8

const (
	throughMemory through = iota + 1 // who is here, what was said
	throughStore                     // what the archive has, too
)

// readingTime is how long at most a command waits for its turn to look through much. The
// patient wait for as long as it takes.
const readingTime = 5 * time.Second

// turns are those of who looks through much: so many at a time, and the others in the
// order in which they came.
type turns chan struct{}

// newReadings returns the turns of a house. Half of the machine is left to those who talk.
func newReadings() turns { return make(turns, max(1, runtime.GOMAXPROCS(0)/2)) }

// reading has u do what looks through something. From one address one does so at a time,
// once the work of those before is paid for: so all addresses have their turn in the
// house as often, however many sessions they have. The archive has turns of its own. The
// error may be a [Reason].
func (u *User) reading(what through, do func() (*Event, error)) (*Event, error) {
	u.looked = 0
	if what == 0 {
		return do()
	}
	ctx := context.Background()
	if !u.visitor.Patient {
		limited, cancel := context.WithTimeout(ctx, readingTime)
		defer cancel()
		ctx = limited
	}
	if from := u.source.Load(); from != nil {
		if err := u.await(ctx, from.work.turn); err != nil {
			return nil, err
		}
		defer func() { <-from.work.turn }()
		if err := u.payBefore(ctx); err != nil {
			return nil, err
		}
	}
	if what == throughStore {
		u.looked = workInStore
	} else {
		if err := u.await(ctx, u.house.readings); err != nil {
			return nil, err
		}
		defer func() { <-u.house.readings }()
	}
	answer, err := do()
	u.charge(u.looked + u.work(answer))
	return answer, err
}

// await waits for a turn, unless that takes too long or u leaves.
func (u *User) await(ctx context.Context, turn turns) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return u.house.tooMuch()
	case <-u.gone:
	case <-u.visitor.Ended:
		u.Leave(HungUp)
	}
	return u.Reason()
}

// payBefore waits until the work that was done before is paid for, unless that takes too
// long or u leaves.
func (u *User) payBefore(ctx context.Context) error {
	owed := u.charge(0)
	if end, ok := ctx.Deadline(); ok && owed > time.Until(end) {
		return u.house.tooMuch()
	}
	return u.pause(owed)
}

func (h *House) tooMuch() error {
	h.tooMuchRead.Add(1)
	return refuse(TooMuchRead)
}

// look notes that u's command looks at so much, and gives way to others now and then.
func (u *User) look(work time.Duration) {
	const breath = 100 * time.Microsecond
	before := u.looked
	if u.looked += work; u.looked/breath > before/breath {
		runtime.Gosched()
	}
}

// work is what it takes to make an answer ready and send it. Who visits pays for talk as
// it is sent, by [User.SpendBytes].
func (u *User) work(answer *Event) time.Duration {
	if answer == nil {
		return 0
	}
	e := answer
	work := time.Duration(len(e.Online)+len(e.Lines)+len(e.Rooms)+len(e.Rows)+len(e.Commands)) * workPerItem
	if !u.visiting {
		for _, said := range e.Past {
			work += workPerItem + time.Duration(said.size())*workPerByte
		}
	}
	return work
}
