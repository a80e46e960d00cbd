package room

import (
	"errors"
	"time"
)

// An Account is somebody whom the house knows by a public key.
type Account struct {
	ID        string    // the fingerprint
	Name      string    // as it was last here
	FirstSeen time.Time // when it was here first
	LastSeen  time.Time // up to when it has read the lobby; zero while it never left
}

// A MessageStore is what outlasts the process, and what concerns people who are
// away. Its methods may be called from any goroutine; all but Person and Find
// may wait for a disk or another machine, for some seconds at most.
type MessageStore interface {
	// Account returns who was here with a key.
	Account(key string) (Account, bool)

	// AccountByName returns who was last here with a key and under a name that has the
	// given [names.Key].
	AccountByName(nameKey string) (Account, bool)

	// StoredUpTo returns up to which event of a room, by number, all that happened in this
	// house is stored.
	StoredUpTo(room string) uint64

	// SaveOffline keeps a private message, a [DirectMessage] event, until e.To.Key comes, unless as much
	// waits already as the limits allow. The error is [ErrSenderFull], [ErrRecipientFull] or
	// [ErrNoSpace] then, and nothing that waits gives way. It is [ErrUnconfirmed] where the
	// message may be kept all the same.
	SaveOffline(e *Event, limits OfflineLimits) error

	// OfflineMessages returns what waits for a key, the oldest first, as [DirectMessage] events, which
	// are the caller's.
	OfflineMessages(key string) ([]*Event, error)

	// MarkDelivered says that the key has got what waited for it, up to and
	// including the given event that Letters returned.
	MarkDelivered(key string, last *Event) error

	// Export returns everything that is kept of a key: what was said with it,
	// its comings, goings and renamings, private messages from it and to it
	// that still wait. The events are the caller's; Room is the key of the one where
	// something happened, which may be closed.
	Export(key string) ([]*Event, error)
}

// OfflineLimits say where there is no place for one more private message.
type OfflineLimits struct {
	PerSender    int     // so many wait from the same sender to the same person
	PerRecipient int     // so many wait for that person
	SpaceShare   float64 // so much of the space for all that waits is taken: 1 is all of it
}

// What [MessageStore.SaveOffline] returns where too many messages wait.
var (
	ErrSenderFull    = errors.New("room: too many messages from the same person wait")
	ErrRecipientFull = errors.New("room: too many messages wait for this person")
	ErrNoSpace       = errors.New("room: too much waits for all people together")
)

// ErrUnconfirmed is what [MessageStore.SaveOffline] returns where it is not known whether a message is kept.
var ErrUnconfirmed = errors.New("room: nobody says whether the message is kept")
