package metrics

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"teahouse/internal/event"
	"teahouse/room"
)

// hubCollector collects the hub's counters.
type hubCollector struct {
	hub atomic.Pointer[room.Hub]

	mu    sync.Mutex
	doors []string
}

// newHubCollector returns the collector of an empty hub.
func newHubCollector() *hubCollector {
	h := &hubCollector{}
	h.hub.Store(room.New(room.Config{}))
	return h
}

// Metrics of users and rooms.
var (
	sessionsDesc    = newDesc("sessions", "Open sessions, except those of a single command.", "door")
	roomsDesc       = newDesc("rooms", "Open rooms, including the lobby.")
	eventsDesc      = newDesc("events_total", "Events in the rooms.", "kind")
	disconnectsDesc = newDesc("disconnects_total", "Sessions that ended, except those of a single command.", "door", "reason")
	queueLagDesc    = newDesc("session_lag_events", "Events that a session's writer has not taken yet: the slowest session, and the slowest but one in a hundred.", "session")
	refusedDesc     = newDesc("refused_total", "Lines and entries that a limit refused.", "limit")
)

// addDoor makes the metrics of a door appear even if nobody has used it yet.
func (h *hubCollector) addDoor(door string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doors = append(h.doors, door)
}

// Describe implements [prometheus.Collector].
func (h *hubCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{sessionsDesc, roomsDesc, eventsDesc, disconnectsDesc, queueLagDesc, refusedDesc} {
		descs <- d
	}
}

// Collect implements [prometheus.Collector].
func (h *hubCollector) Collect(metrics chan<- prometheus.Metric) {
	to, c := sink(metrics), h.hub.Load().Stats()
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

// addZeros adds a 0 for everything that has not happened yet. A counter that appears with the
// value 1 has no increase in Prometheus, so an alert would miss the first occurrence.
func (h *hubCollector) addZeros(c room.Stats) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, door := range h.doors {
		c.Sessions[door] += 0
		for _, reason := range event.Reasons() {
			c.Departures[room.Departure{Door: door, Reason: reason}] += 0
		}
	}
}

// quantile returns the q-quantile of sorted values, or 0 if there are none.
func quantile(sorted []uint64, q float64) uint64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}
