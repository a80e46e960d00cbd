package roster

import (
	"sync/atomic"

	"teahouse/internal/event"
	"teahouse/internal/ids"
	"teahouse/internal/names"
)

// An Entry is what a roster knows of a user, who embeds it.
type Entry struct {
	info atomic.Pointer[event.UserInfo]

	// The rest is guarded by the lock of the roster.
	Identity   names.Identity
	RemoteName string // the name at the user's own node, if it has another one here
	indexed    string // the name under which the roster lists the user
}

// A User is somebody in a roster: a pointer to a type that embeds [Entry].
type User interface {
	comparable
	RosterEntry() *Entry
}

// RosterEntry is part of [User].
func (e *Entry) RosterEntry() *Entry { return e }

// Info returns the user as others see them now. Any goroutine may call it.
func (e *Entry) Info() *event.UserInfo { return e.info.Load() }

// SetInfo sets how others see the user. A user in a roster keeps name, person and address.
func (e *Entry) SetInfo(info *event.UserInfo) { e.info.Store(info) }

// Person returns the user's person, or "" for somebody without a key.
func (e *Entry) Person() ids.Account { return e.Info().Person }
