package journal

import (
	"context"
	"time"

	"teahouse/journal/internal/store"
	"teahouse/room"
)

// CheckURLs returns an error if one of a comma-separated list of NATS server URLs is malformed
// or has an impossible port: [Open] would retry such a URL until it gives up. The error shows
// only the host and port, because the rest may contain a password.
func CheckURLs(raw string) error { return store.CheckURLs(raw) }

// RemoteLimits returns the history limits and the name retention on the NATS servers, as far as
// they are known.
func RemoteLimits(ctx context.Context, c Config) (kept room.HistoryLimits, names time.Duration, err error) {
	return store.RemoteLimits(ctx, c)
}

// NameRetention returns how long names are kept at the node that keeps them longest, or 0 for
// ever. It is for nodes that share NATS servers. It never blocks.
func (j *Journal) NameRetention() time.Duration { return j.store.NameRetention() }

// Trim reduces the NATS servers to the history limits and the name retention of c, for all
// nodes: data beyond them is erased, at once or as the nodes write. Nothing else narrows the
// limits; a node that runs or starts with wider ones widens them again.
func Trim(ctx context.Context, c Config) error { return store.Trim(ctx, c) }

// SaveServers records in a data directory which NATS servers have its data from now on, for
// [SavedServers].
func SaveServers(data, urls string) error { return store.SaveServers(data, urls) }

// SavedServers reports whether the journal of a data directory had its streams on NATS servers
// when it was last open, and where.
func SavedServers(data string) (hosts string, elsewhere bool, err error) {
	return store.SavedServers(data)
}

// A LocalData says how the data in a data directory, which nobody sees, relates to that on the
// NATS servers.
type LocalData = store.LocalData

const (
	NoLocalData    = store.NoLocalData    // there is none, or it was moved to the servers
	LocalNotMoved  = store.LocalNotMoved  // the servers are still empty: it can be moved there
	LocalUnrelated = store.LocalUnrelated // the servers have other data
	PartlyMoved    = store.PartlyMoved    // the servers have part of a restore, whatever is here: see [RestoreBackup]
)

// CheckLocalData compares the data in a data directory with the NATS servers that have the
// streams.
func CheckLocalData(ctx context.Context, c Config) (LocalData, error) {
	return store.CheckLocalData(ctx, c)
}

// HasLocalData reports whether a data directory has data of its own, and returns the name of its
// node, as in [NotEmptyError].
func HasLocalData(data string) (node string, ok bool) { return store.HasLocalData(data) }
