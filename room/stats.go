package room

import (
	"maps"
	"slices"
	"sync/atomic"
)

// Stats describe the state of a hub and what has happened since it was created. They contain no
// names of people or rooms.
type Stats struct {
	Rooms      int
	Sessions   map[string]int       // current sessions by door, without one-shot sessions
	Lag        []uint64             // how many events each of them has still to take, in ascending order
	Events     map[EventKind]uint64 // Joined, Left, Said and Renamed events, counted in each room
	Departures map[Departure]uint64 // sessions that have ended
	Refused    map[string]uint64    // refusals by limit: lines, address, lookups, flood_mute, renames
}

// A Departure says how a session ended.
type Departure struct {
	Door   string
	Reason Reason
}

// counters are counted as things happen.
type counters struct {
	events eventCounts

	lineRefused, addressRefused, floodMuteRefused, renameRefused atomic.Uint64 // refusals by limit
}

// eventCounts counts the events in rooms, by kind.
type eventCounts [Renamed + 1]atomic.Uint64

func (c *eventCounts) count(k EventKind) {
	if int(k) < len(c) {
		c[k].Add(1)
	}
}

func (st *State) countDeparture(s *Session, reason Reason) {
	if !s.OneShot {
		st.departures[Departure{s.Client.Door, reason}]++
	}
}

// Stats returns statistics. It holds Hub.mu only while it lists the sessions, and then looks at
// each one.
func (h *Hub) Stats() Stats {
	c := Stats{
		Sessions:   map[string]int{},
		Events:     map[EventKind]uint64{},
		Departures: map[Departure]uint64{},
		Refused: map[string]uint64{
			"lines":      h.lineRefused.Load(),
			"address":    h.addressRefused.Load(),
			"lookups":    h.scans.Refused(),
			"flood_mute": h.floodMuteRefused.Load(),
			"renames":    h.renameRefused.Load(),
		},
	}
	for _, k := range []EventKind{Joined, Left, Said, Renamed} {
		c.Events[k] = h.events[k].Load()
	}
	for _, s := range listSessions(h, &c) {
		c.Sessions[s.Client.Door]++
		c.Lag = append(c.Lag, s.inbox.Lag())
	}
	slices.Sort(c.Lag)
	return c
}

// listSessions fills in what the lock guards, and returns the current sessions.
func listSessions(h *Hub, c *Stats) (here []*Session) {
	st := h.Lock()
	defer st.Unlock()
	c.Rooms = len(st.Rooms.ByID)
	maps.Copy(c.Departures, st.departures)
	here = make([]*Session, 0, len(st.Sessions))
	for s := range st.Sessions {
		if !s.OneShot {
			here = append(here, s)
		}
	}
	return here
}
