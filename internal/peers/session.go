package peers

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/sanitize"
	"teahouse/internal/text"
	"teahouse/room"
)

// A Session is what other nodes learn about a session at this one.
type Session struct {
	ID                uint64          `json:"id"`
	User              event.UserInfo  `json:"user"`                  // the user, who may have several sessions
	Fingerprint       ids.Fingerprint `json:"fingerprint,omitempty"` // of the key that the client used
	Remote            netip.Addr      `json:"remote,omitzero"`
	Door              string          `json:"door"`
	Client            string          `json:"client,omitempty"`
	Since             time.Time       `json:"since"`
	Terminal          bool            `json:"terminal,omitempty"`
	NoPrivateMessages bool            `json:"no_direct,omitempty"`
	Scripted          bool            `json:"scripted,omitempty"`
	NamedAt           time.Time       `json:"named_at"`           // since when the user has this name
	Assigned          bool            `json:"assigned,omitempty"` // the name was assigned in place of the requested one
	Away              time.Time       `json:"away,omitzero"`      // since when the person is away
	AwayMessage       string          `json:"away_message,omitempty"`
	Rooms             []ids.Room      `json:"rooms,omitempty"`       // the rooms that the user has joined, besides the lobby
	Following         ids.Room        `json:"following,omitempty"`   // the room that the session follows; then it is no member of any room
	LeftReason        event.Reason    `json:"left_reason,omitempty"` // why the session ended; "" while it lasts
}

// describe returns what other nodes learn about s. The hub is locked.
func describe(st *room.State, s *room.Session) Session {
	ci, u := &s.Client, s.User
	ps := Session{
		ID: s.ID(), User: *u.Info(), Fingerprint: ci.Fingerprint, Remote: ci.Remote, Door: ci.Door, Client: text.Clean(ci.Client),
		Since: s.Since, Terminal: ci.Terminal, NoPrivateMessages: ci.NoPrivateMessages, Scripted: ci.Scripted, Assigned: u.Assigned, NamedAt: u.NamedAt,
	}
	if a := u.Away.Load(); a != nil {
		ps.Away, ps.AwayMessage = a.Since, a.Message
	}
	for _, r := range u.Rooms {
		ps.Rooms = append(ps.Rooms, r.ID)
	}
	if s.Following {
		ps.Following = s.Room().ID
	}
	if !st.Sessions[s] {
		ps.LeftReason = s.Reason()
	}
	return ps
}

const (
	// maxClientBytes limits what is kept of a client's description of itself.
	maxClientBytes = 255

	// maxRooms is more than the rooms that one user may join.
	maxRooms = 2 * room.MaxJoinedRooms
)

// Sanitize makes ps, which comes from another node, fit to be shown, or returns why it cannot be.
func (ps *Session) Sanitize() error {
	now := time.Now()
	ps.User.Sanitize()
	ps.Fingerprint, ps.Door, ps.Client, ps.AwayMessage = sanitize.Key(ps.Fingerprint), text.Limit(ps.Door, sanitize.MaxKeyBytes, text.Clean), text.Limit(ps.Client, maxClientBytes, text.Clean), text.Limit(ps.AwayMessage, moderation.MaxReasonBytes, text.Clean)
	ps.Since, ps.NamedAt, ps.Away = sanitize.Time(ps.Since, now), sanitize.Time(ps.NamedAt, now), sanitize.Time(ps.Away, now)
	ps.LeftReason = ps.LeftReason.Sanitized()
	switch {
	case ps.ID == 0:
		return errors.New("it has no number")
	case ps.LeftReason == "" && ps.User.Name == "":
		return errors.New("it is nobody's")
	case len(ps.Rooms) > maxRooms:
		return errors.New("it is in too many rooms")
	}
	ps.Rooms = slices.DeleteFunc(ps.Rooms, func(room ids.Room) bool { return len(room) > names.MaxBytes })
	if len(ps.Following) > names.MaxBytes {
		return errors.New("it follows no room")
	}
	return nil
}
