package room

import (
	"slices"
	"time"
)

const (
	// maxTakeovers is how often within takeoverWindow a person's terminals may take each
	// other's place as a matter of course. Two clients that come back by themselves would
	// go on with that for ever.
	maxTakeovers   = 2
	takeoverWindow = time.Minute
)

// A TakeoverMode says whether somebody at a terminal takes the place of the session that
// the person has at another one.
type TakeoverMode uint8

const (
	TakeoverUnlessRepeated TakeoverMode = iota // unless that happened twice within the last minute
	TakeoverNever                              // but comes in where there is no such session
	TakeoverAlways                             // somebody has said so
)

// SessionConflictError is the error of [Hub.Enter] for who does not take over from another
// terminal.
type SessionConflictError struct {
	Ended <-chan struct{} // is closed when the session at that one has left
}

func (e *SessionConflictError) Error() string { return "room: the person is at another terminal" }

// sessionConflictLocked returns why ci, of a person, does not take over from another terminal,
// or nil.
func (h *Hub) sessionConflictLocked(ci *ClientInfo, person string) error {
	u := h.online.byPerson[person]
	if u == nil || u.terminal == nil || !ci.Terminal || ci.Takeover == TakeoverAlways {
		return nil
	}
	if ci.Takeover == TakeoverUnlessRepeated && len(u.recentTakeovers()) < maxTakeovers {
		return nil
	}
	return &SessionConflictError{Ended: u.terminal.done}
}

// recentTakeovers returns when u's terminals took each other's place within the last
// while.
func (u *user) recentTakeovers() []time.Time {
	return slices.DeleteFunc(slices.Clone(u.takeovers), func(at time.Time) bool { return time.Since(at) >= takeoverWindow })
}

// noteTakeover notes that s takes over. Where somebody has said so, it was not the
// first that it ends up with: whoever comes back by itself is to be asked.
func (u *user) noteTakeover(s *Session) {
	u.takeovers = append(u.recentTakeovers(), s.Since)
	for s.client.Takeover == TakeoverAlways && len(u.takeovers) < maxTakeovers {
		u.takeovers = append(u.takeovers, s.Since)
	}
	u.takeovers = u.takeovers[max(0, len(u.takeovers)-maxTakeovers):]
}
