package metrics

import (
	"math"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"teahouse/room"
)

// hubCollector collects what the house counts.
type hubCollector struct {
	hub *room.Hub

	mu    sync.Mutex
	doors []string
}

// What people tell of.
var (
	sessionsDesc    = newDesc("sessions", "Sessions that are here; not those for one command.", "door")
	roomsDesc       = newDesc("rooms", "Rooms that are open, the lobby among them.")
	eventsDesc      = newDesc("events_total", "What happened in the rooms.", "kind")
	disconnectsDesc = newDesc("disconnects_total", "Sessions that are over, but for those for one command.", "door", "reason")
	queueLagDesc    = newDesc("session_lag_events", "Events that the writer of a session has still to take: of the slowest, and of the slowest but one in a hundred.", "session")
	refusedDesc     = newDesc("refused_total", "What a limit refused to people who are in, or about to come in.", "limit")
)

// addDoor has a door told of while nobody is at it, too.
func (h *hubCollector) addDoor(door string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doors = append(h.doors, door)
}

// Describe is part of [prometheus.Collector].
func (h *hubCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{sessionsDesc, roomsDesc, eventsDesc, disconnectsDesc, queueLagDesc, refusedDesc} {
		descs <- d
	}
}

// Collect is part of [prometheus.Collector].
func (h *hubCollector) Collect(metrics chan<- prometheus.Metric) {
	to, c := sink(metrics), h.hub.Stats()
	h.addZeros(c)
	for door, n := range c.Sessions {
		to.gauge(sessionsDesc, float64(n), door)
	}
	to.gauge(roomsDesc, float64(c.Rooms))
	for kind, n := range c.Events {
		to.counter(eventsDesc, n, kind.String())
	}
	for d, n := range c.Departures {
		to.counter(disconnectsDesc, n, d.Door, string(d.Reason))
	}
	to.gauge(queueLagDesc, float64(quantile(c.Lag, 1)), "slowest")
	to.gauge(queueLagDesc, float64(quantile(c.Lag, .99)), "p99")
	for limit, n := range c.Refused {
		to.counter(refusedDesc, n, limit)
	}
}

// addZeros adds what has not happened at a door, as 0: what grows from nothing to 1 does
// not grow for who adds up, and an alert would miss the first time.
func (h *hubCollector) addZeros(c room.Stats) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, door := range h.doors {
		c.Sessions[door] += 0
		for _, reason := range room.Reasons() {
			c.Departures[room.Departure{Door: door, Reason: reason}] += 0
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
