package room

import (
	"slices"
	"time"
)

const (
	// maxTakeovers is how often within takeoverWindow a person's terminals may take each other's
	// place without being asked. Two clients that reconnect automatically would go on forever.
	maxTakeovers   = 2
	takeoverWindow = time.Minute
)

// A TakeoverMode says whether a new terminal takes the place of the person's session at another
// one.
type TakeoverMode uint8

const (
	TakeoverUnlessRepeated TakeoverMode = iota // unless it happened twice within the last minute
	TakeoverNever                              // enter only if there is no such session
	TakeoverAlways                             // the user has asked for it
)

// A SessionConflictError is returned by [Hub.Enter] if the client does not take over from another
// terminal.
type SessionConflictError struct {
	Ended <-chan struct{} // closed when the session at the other terminal has ended
}

func (e *SessionConflictError) Error() string { return "room: the person is at another terminal" }

// sessionConflictLocked returns why ci does not take over from the person's other terminal, or nil.
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

// recentTakeovers returns when u's terminals took each other's place within takeoverWindow.
func (u *user) recentTakeovers() []time.Time {
	return slices.DeleteFunc(slices.Clone(u.takeovers), func(at time.Time) bool { return time.Since(at) >= takeoverWindow })
}

// noteTakeover notes that s takes over. A takeover that the user asked for is always allowed, and
// counts as the last one that is: a client that then reconnects by itself is asked.
func (u *user) noteTakeover(s *Session) {
	u.takeovers = append(u.recentTakeovers(), s.Since)
	for s.client.Takeover == TakeoverAlways && len(u.takeovers) < maxTakeovers {
		u.takeovers = append(u.takeovers, s.Since)
	}
	u.takeovers = u.takeovers[max(0, len(u.takeovers)-maxTakeovers):]
}
