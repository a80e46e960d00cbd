package journal

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/room"
)

// A progress records how the writing goes; several goroutines update it.
type progress struct {
	log            *log.Logger
	subscription   atomic.Pointer[room.Subscription] // nil until Follow
	takeVersion    atomic.Int64                      // odd while events are being taken from there
	inFlightEvents atomic.Int64                      // events taken from there and not stored yet

	mu       sync.Mutex
	status   Status
	inFlight inFlight
}

// current returns the recorded status.
func (p *progress) current() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// lag returns how many events of this process are not stored yet: those in flight, and those in
// the rings.
func (p *progress) lag() (events uint64) {
	from := p.subscription.Load()
	if from == nil {
		return 0
	}
	p.readStable(func() { events = from.Lag() + uint64(p.inFlightEvents.Load()) })
	return events
}

// noteFailure records a failed write. It logs the first one of an outage.
func (p *progress) noteFailure(err error) {
	p.mu.Lock()
	began := p.status.Err == nil
	if began {
		p.status.Since = time.Now()
	}
	p.status.Err = err
	p.status.FailedWrites++
	p.mu.Unlock()
	if began {
		p.log.Error("the journal cannot be written; the server goes on", "err", err)
	}
}

func (p *progress) countFailedWrite() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.FailedWrites++
}

// noteSuccess records a successful write.
func (p *progress) noteSuccess() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status.Err != nil {
		p.status.Err, p.status.Since = nil, time.Now()
	}
}

func (p *progress) countLoss() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.Losses++
}

func (p *progress) countStored(events int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.Stored += uint64(events)
}

func (p *progress) countLost(events uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.Lost += events
}
