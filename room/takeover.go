package room

import (
	"slices"
	"time"

	"teahouse/internal/ids"
)

const (
	// maxTakeovers is how often within TakeoverWindow a person's terminals may take each other's
	// place without being asked. Two clients that reconnect automatically would go on forever.
	maxTakeovers   = 2
	TakeoverWindow = time.Minute
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

// sessionConflict returns why ci does not take over from the person's other terminal, or nil.
func (a *Access) sessionConflict(ci *ClientInfo, person ids.Account) error {
	u := a.st.Online.ByPerson[person]
	if u == nil || u.Terminal == nil || !ci.Terminal || ci.Takeover == TakeoverAlways {
		return nil
	}
	if ci.Takeover == TakeoverUnlessRepeated && len(u.recentTakeovers()) < maxTakeovers {
		return nil
	}
	return &SessionConflictError{Ended: u.Terminal.Context().Done()}
}

// recentTakeovers returns when u's terminals took each other's place within TakeoverWindow.
func (u *User) recentTakeovers() []time.Time {
	return slices.DeleteFunc(slices.Clone(u.takeovers), func(at time.Time) bool { return time.Since(at) >= TakeoverWindow })
}

// noteTakeover notes that s takes over. A takeover that the user asked for is always allowed, and
// counts as the last one that is: a client that then reconnects by itself is asked.
func (u *User) noteTakeover(s *Session) {
	u.takeovers = append(u.recentTakeovers(), s.Since)
	for s.Client.Takeover == TakeoverAlways && len(u.takeovers) < maxTakeovers {
		u.takeovers = append(u.takeovers, s.Since)
	}
	u.takeovers = u.takeovers[max(0, len(u.takeovers)-maxTakeovers):]
}
