package room

import (
	"context"
	"errors"
	"time"

	"teahouse/internal/ids"
)

// An Account is somebody known by a public key.
type Account struct {
	ID        ids.Account
	Name      string    // the last name used
	FirstSeen time.Time // when they first connected
	LastSeen  time.Time // up to when they have read the lobby; zero if they never left
}

// A MessageStore stores what is said, and private messages for people who are offline. Its methods
// may be called from any goroutine. Those with a context may wait for a disk or another machine,
// until the context ends and for a few seconds at most.
type MessageStore interface {
	// Account returns what is known of an account.
	Account(id ids.Account) (Account, bool)

	// AccountByName returns the account that last used a name with the given key.
	AccountByName(nameKey ids.NameKey) (Account, bool)

	// StoredUpTo returns the sequence number up to which everything that happened at this node in a
	// room is stored.
	StoredUpTo(room ids.Room) uint64

	// SaveOffline keeps a private message, a [PrivateMessage] event, until e.To.Person connects. If
	// the limits do not allow another message, it returns [ErrSenderFull], [ErrRecipientFull] or
	// [ErrNoSpace], and nothing that waits is dropped. [ErrUnconfirmed] means that the message may
	// have been kept all the same.
	SaveOffline(ctx context.Context, e *Event, limits OfflineLimits) error

	// OfflineMessages returns the messages that wait for somebody as [PrivateMessage] events, oldest
	// first. They belong to the caller.
	OfflineMessages(ctx context.Context, id ids.Account) ([]*Event, error)

	// MarkDelivered says that somebody has received the messages that waited for them, up to and
	// including the given event from OfflineMessages.
	MarkDelivered(ctx context.Context, id ids.Account, last *Event) error

	// Export returns everything that is stored about somebody: what they said; joins, leaves and
	// renames; and private messages from them or to them that still wait. The events belong to the
	// caller; their Room is the key of the room where they happened, which may be closed by now.
	Export(ctx context.Context, id ids.Account) ([]*Event, error)
}

// OfflineLimits limit the private messages that wait.
type OfflineLimits struct {
	PerSender    int     // from one sender to one recipient
	PerRecipient int     // to one recipient
	SpaceShare   float64 // how much of the space for all of them may be in use; 1 is all of it
}

// What [MessageStore.SaveOffline] returns where too many messages wait.
var (
	ErrSenderFull    = errors.New("room: too many messages from the same person wait")
	ErrRecipientFull = errors.New("room: too many messages wait for this person")
	ErrNoSpace       = errors.New("room: too much waits for all people together")
)

// ErrUnconfirmed is returned by [MessageStore.SaveOffline] if it is unknown whether the message is
// kept.
var ErrUnconfirmed = errors.New("room: nobody says whether the message is kept")
