package room

import (
	"maps"
	"slices"
	"sync/atomic"
)

// Stats say how a house does, since it was made. They name nobody, and no room.
type Stats struct {
	Rooms      int
	Sessions   map[string]int       // sessions that are here, by door; not those for one command
	Lag        []uint64             // how many events each of these has still to take, the fewest first
	Events     map[EventKind]uint64 // of Joined, Left, Said and Renamed, in each of somebody's rooms
	Departures map[Departure]uint64 // sessions that are here no more
	Refused    map[string]uint64    // what a limit refused, by limit: lines, source, hushed, renames
}

// A Departure is how a session left.
type Departure struct {
	Door   string
	Reason Reason
}

// A counters has what is counted as it happens.
type counters struct {
	events eventCounts

	lineRefused, addressRefused, scanRefused, floodMuteRefused, renameRefused atomic.Uint64 // refused

	departures map[Departure]uint64 // guarded by Hub.mu
}

// eventCounts counts what happens in rooms, by kind.
type eventCounts [Renamed + 1]atomic.Uint64

func (c *eventCounts) count(k EventKind) {
	if c != nil && int(k) < len(c) {
		c[k].Add(1)
	}
}

func (h *Hub) countDepartureLocked(s *Session, reason Reason) {
	if !s.oneShot {
		h.departures[Departure{s.client.Door, reason}]++
	}
}

// Stats returns how the house does. It keeps the house locked for as long as it
// takes to list who is here, and then looks at each one.
func (h *Hub) Stats() Stats {
	c := Stats{
		Sessions:   map[string]int{},
		Events:     map[EventKind]uint64{},
		Departures: map[Departure]uint64{},
		Refused: map[string]uint64{
			"lines":      h.lineRefused.Load(),
			"address":    h.addressRefused.Load(),
			"lookups":    h.scanRefused.Load(),
			"flood_mute": h.floodMuteRefused.Load(),
			"renames":    h.renameRefused.Load(),
		},
	}
	for _, k := range []EventKind{Joined, Left, Said, Renamed} {
		c.Events[k] = h.events[k].Load()
	}
	for _, s := range h.listSessions(&c) {
		c.Sessions[s.client.Door]++
		c.Lag = append(c.Lag, s.currentView().lag())
	}
	slices.Sort(c.Lag)
	return c
}

// listSessions fills in what the lock guards, and returns the sessions that are here.
func (h *Hub) listSessions(c *Stats) (here []*Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.Rooms = len(h.rooms)
	maps.Copy(c.Departures, h.departures)
	here = make([]*Session, 0, len(h.sessions))
	for s := range h.sessions {
		if !s.oneShot {
			here = append(here, s)
		}
	}
	return here
}
