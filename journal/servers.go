package journal

import (
	"context"
	"time"

	"teahouse/journal/internal/store"
	"teahouse/room"
)

// CheckURLs returns an error where one of some URLs of NATS servers, with commas between,
// is none, or has a port that there cannot be: those would be tried until [Open] gives up.
// It shows nothing but the host and the port, as there may be a password in the rest.
func CheckURLs(raw string) error { return store.CheckURLs(raw) }

// RemoteLimits returns within what limits the NATS servers keep what is said, and for how long names,
// as far as that is known.
func RemoteLimits(ctx context.Context, c Config) (kept room.HistoryLimits, names time.Duration, err error) {
	return store.RemoteLimits(ctx, c)
}

// Trim has the NATS servers keep what is said within the limits of c, and names no longer, for
// all nodes: what is beyond is erased, at once or as the nodes write. It is what makes the
// limits less; but a node that runs, or starts, with wider ones widens them again.
func Trim(ctx context.Context, c Config) error { return store.Trim(ctx, c) }

// SaveServers notes in a data directory in which NATS servers its house is from now on, for
// [SavedServers].
func SaveServers(data, urls string) error { return store.SaveServers(data, urls) }

// SavedServers tells whether the journal of a data directory had its streams in NATS servers
// when it was open last, and where those were then.
func SavedServers(data string) (hosts string, elsewhere bool, err error) {
	return store.SavedServers(data)
}

// A LocalData is what becomes of a house in a data directory beside NATS servers, where nobody sees
// it.
type LocalData = store.LocalData

const (
	NoLocalData    = store.NoLocalData    // there is none, or it was moved there
	LocalNotMoved  = store.LocalNotMoved  // the servers have nothing yet: it can be moved there
	LocalUnrelated = store.LocalUnrelated // they have another
	PartlyMoved    = store.PartlyMoved    // they have a part of one, be there one here or not: see [RestoreBackup]
)

// CheckLocalData tells what becomes of the house in a data directory where the streams are in NATS
// servers.
func CheckLocalData(ctx context.Context, c Config) (LocalData, error) {
	return store.CheckLocalData(ctx, c)
}

// HasLocalData reports whether a data directory has a house of its own, and what its name is among
// others: see [NotEmptyError].
func HasLocalData(data string) (node string, ok bool) { return store.HasLocalData(data) }
