package room

import (
	"slices"
	"time"
)

const (
	// mostTakeovers is how often within takeoverTime a person's terminals may take each
	// other's place as a matter of course. Two clients that come back by themselves would
	// go on with that for ever.
	mostTakeovers = 2
	takeoverTime  = time.Minute
)

// A TakeOver says whether somebody at a terminal takes the place of the session that
// the person has at another one.
type TakeOver uint8

const (
	TakeOverFirst  TakeOver = iota // unless that happened twice within the last minute
	TakeOverNever                  // but comes in where there is no such session
	TakeOverAlways                 // somebody has said so
)

// Occupied is the error of [House.Enter] for who does not take over from another
// terminal.
type Occupied struct {
	Left <-chan struct{} // is closed when the session at that one has left
}

func (o *Occupied) Error() string { return "room: the person is at another terminal" }

// occupiedLocked returns why v, of a person, does not take over from another terminal,
// or nil.
func (h *House) occupiedLocked(v *Visitor, person string) error {
	p := h.people[person]
	if p == nil || p.terminal == nil || !v.Terminal || v.TakesOver == TakeOverAlways {
		return nil
	}
	if v.TakesOver == TakeOverFirst && len(p.recentTakeovers()) < mostTakeovers {
		return nil
	}
	return &Occupied{Left: p.terminal.gone}
}

// recentTakeovers returns when p's terminals took each other's place within the last
// while.
func (p *presence) recentTakeovers() []time.Time {
	return slices.DeleteFunc(slices.Clone(p.takeovers), func(at time.Time) bool { return time.Since(at) >= takeoverTime })
}

// noteTakeover notes that u takes over. Where somebody has said so, it was not the
// first that it ends up with: whoever comes back by itself is to be asked.
func (p *presence) noteTakeover(u *User) {
	p.takeovers = append(p.recentTakeovers(), u.Since)
	for u.visitor.TakesOver == TakeOverAlways && len(p.takeovers) < mostTakeovers {
		p.takeovers = append(p.takeovers, u.Since)
	}
	p.takeovers = p.takeovers[max(0, len(p.takeovers)-mostTakeovers):]
}
