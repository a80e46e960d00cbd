package room

import (
	"maps"
	"slices"
	"sync/atomic"
)

// Counts say how a house does, since it was made. They name nobody, and no room.
type Counts struct {
	Rooms    int
	Users    map[string]int       // sessions that are here, by door; not those for one command
	Behind   []uint64             // how many events each of these has still to take, the fewest first
	Happened map[Kind]uint64      // of Joined, Left, Said and Renamed, in each of somebody's rooms
	Left     map[Departure]uint64 // sessions that are here no more
	Refused  map[string]uint64    // what a limit refused, by limit: lines, source, hushed, renames
}

// A Departure is how a session left.
type Departure struct {
	Door   string
	Reason Reason
}

// A ledger has what is counted as it happens.
type ledger struct {
	happened happened

	tooFast, tooMany, tooMuchRead, hushedStill, tooManyRenames atomic.Uint64 // refused

	left map[Departure]uint64 // guarded by House.mu
}

// happened counts what happens in rooms, by kind.
type happened [Renamed + 1]atomic.Uint64

func (h *happened) count(k Kind) {
	if h != nil && int(k) < len(h) {
		h[k].Add(1)
	}
}

func (h *House) countLeftLocked(u *User, reason Reason) {
	if !u.visiting {
		h.left[Departure{u.visitor.Door, reason}]++
	}
}

// Counts returns how the house does. It keeps the house locked for as long as it
// takes to list who is here, and then looks at each one.
func (h *House) Counts() Counts {
	c := Counts{
		Users:    map[string]int{},
		Happened: map[Kind]uint64{},
		Left:     map[Departure]uint64{},
		Refused: map[string]uint64{
			"lines":   h.tooFast.Load(),
			"source":  h.tooMany.Load(),
			"reading": h.tooMuchRead.Load(),
			"hushed":  h.hushedStill.Load(),
			"renames": h.tooManyRenames.Load(),
		},
	}
	for _, k := range []Kind{Joined, Left, Said, Renamed} {
		c.Happened[k] = h.happened[k].Load()
	}
	for _, u := range h.list(&c) {
		c.Users[u.visitor.Door]++
		c.Behind = append(c.Behind, u.seat().behind())
	}
	slices.Sort(c.Behind)
	return c
}

// list fills in what the lock guards, and returns the sessions that are here.
func (h *House) list(c *Counts) (here []*User) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.Rooms = len(h.rooms)
	maps.Copy(c.Left, h.left)
	here = make([]*User, 0, len(h.users))
	for u := range h.users {
		if !u.visiting {
			here = append(here, u)
		}
	}
	return here
}
