package room

import (
	"errors"
	"time"
)

// A Person is somebody whom the house knows by a public key.
type Person struct {
	Key   string    // the fingerprint
	Name  string    // as it was last here
	First time.Time // when it was here first
	Seen  time.Time // up to when it has read the lobby; zero while it never left
}

// An Archive is what outlasts the process, and what concerns people who are
// away. Its methods may be called from any goroutine; all but Person and Find
// may wait for a disk or another machine, for some seconds at most.
type Archive interface {
	// Person returns who was here with a key.
	Person(key string) (Person, bool)

	// Find returns who was last here with a key and under a name that has the
	// given [NameKey].
	Find(nameKey string) (Person, bool)

	// Stored returns up to which event of a room, by number, all that happened in this
	// house is stored.
	Stored(room string) uint64

	// Post keeps a private message, a [Told] event, until e.To.Key comes, unless as much
	// waits already as the limits allow. The error is [ErrWaiting], [ErrFull] or
	// [ErrNoSpace] then, and nothing that waits gives way. It is [ErrUnsure] where the
	// message may be kept all the same.
	Post(e *Event, limits PostLimits) error

	// Letters returns what waits for a key, the oldest first, as [Told] events, which
	// are the caller's.
	Letters(key string) ([]*Event, error)

	// Delivered says that the key has got what waited for it, up to and
	// including the given event that Letters returned.
	Delivered(key string, last *Event) error

	// Export returns everything that is kept of a key: what was said with it,
	// its comings, goings and renamings, private messages from it and to it
	// that still wait. The events are the caller's; Room is the key of the one where
	// something happened, which may be closed.
	Export(key string) ([]*Event, error)
}

// PostLimits say where there is no place for one more private message.
type PostLimits struct {
	Pair int     // so many wait from the same sender to the same person
	Box  int     // so many wait for that person
	Part float64 // so much of the space for all that waits is taken: 1 is all of it
}

// What [Archive.Post] returns where too many messages wait.
var (
	ErrWaiting = errors.New("room: too many messages from the same person wait")
	ErrFull    = errors.New("room: too many messages wait for this person")
	ErrNoSpace = errors.New("room: too much waits for all people together")
)

// ErrUnsure is what [Archive.Post] returns where it is not known whether a message is kept.
var ErrUnsure = errors.New("room: nobody says whether the message is kept")
