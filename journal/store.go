package journal

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/journal/internal/store"
)

// requestCompaction has it looked soon whether a bucket is to be compacted.
func (rs *recordStore) requestCompaction() {
	select {
	case rs.compactionRequests <- struct{}{}:
	default:
	}
}

// Connected reports whether there is a connection to the engine. Where that is elsewhere,
// it is noticed within some seconds that it does not answer.
func (j *Journal) Connected() bool { return j.store.Connected() }

// NameRetention returns for how long names are kept at the node that keeps them for longest, 0 for
// ever. It is for a house that shares an engine elsewhere. It never waits.
func (j *Journal) NameRetention() time.Duration { return j.store.NameRetention() }

// CheckWritable asks what has the streams whether it could store something, and returns when it last
// could for certain. It writes nothing. Of an engine in this process that is now; of servers
// elsewhere it is when most of those that have copies heard each other: a server that is cut
// off with what it leads goes on answering for ten seconds, though it can store nothing.
func (j *Journal) CheckWritable(ctx context.Context) (able time.Time, err error) {
	return j.store.CheckWritable(ctx)
}

// CheckWritableVia is [Journal.CheckWritable] by way of another connection to the same servers, which may be to
// another one of them.
func (j *Journal) CheckWritableVia(ctx context.Context, conn *nats.Conn) (able time.Time, err error) {
	return store.CheckWritableVia(ctx, conn)
}
