package metrics

import (
	"math"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"teahouse/room"
)

// people collects what the house counts.
type people struct {
	house *room.House

	mu    sync.Mutex
	doors []string
}

// What people tell of.
var (
	usersDesc   = describe("users", "Sessions that are here; not those for one command.", "door")
	roomsDesc   = describe("rooms", "Rooms that are open, the lobby among them.")
	eventsDesc  = describe("events_total", "What happened in the rooms.", "kind")
	leftDesc    = describe("disconnects_total", "Sessions that are over, but for those for one command.", "door", "reason")
	lagDesc     = describe("queue_lag_events", "Events that the writer of a session has still to take: of the slowest, and of the slowest but one in a hundred.", "reader")
	tooMuchDesc = describe("refused_total", "What a limit refused to people who are in, or about to come in.", "limit")
)

// add has a door told of while nobody is at it, too.
func (p *people) add(door string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doors = append(p.doors, door)
}

// Describe is part of [prometheus.Collector].
func (p *people) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{usersDesc, roomsDesc, eventsDesc, leftDesc, lagDesc, tooMuchDesc} {
		descs <- d
	}
}

// Collect is part of [prometheus.Collector].
func (p *people) Collect(metrics chan<- prometheus.Metric) {
	to, c := sink(metrics), p.house.Counts()
	p.addNothing(c)
	for door, n := range c.Users {
		to.gauge(usersDesc, float64(n), door)
	}
	to.gauge(roomsDesc, float64(c.Rooms))
	for kind, n := range c.Happened {
		to.counter(eventsDesc, n, kind.String())
	}
	for d, n := range c.Left {
		to.counter(leftDesc, n, d.Door, string(d.Reason))
	}
	to.gauge(lagDesc, float64(quantile(c.Behind, 1)), "slowest")
	to.gauge(lagDesc, float64(quantile(c.Behind, .99)), "p99")
	for limit, n := range c.Refused {
		to.counter(tooMuchDesc, n, limit)
	}
}

// addNothing adds what has not happened at a door, as 0: what grows from nothing to 1 does
// not grow for who adds up, and an alert would miss the first time.
func (p *people) addNothing(c room.Counts) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, door := range p.doors {
		c.Users[door] += 0
		for _, reason := range room.Reasons() {
			c.Left[room.Departure{Door: door, Reason: reason}] += 0
		}
	}
}

// quantile returns the value that a part q of the values, which are sorted, do not
// exceed; 0 where there is none.
func quantile(sorted []uint64, q float64) uint64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}
