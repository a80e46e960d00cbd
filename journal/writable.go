package journal

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/journal/internal/store"
)

// Connected reports whether there is a connection to the engine. For NATS servers elsewhere it
// takes some seconds to notice that they no longer answer.
func (j *Journal) Connected() bool { return j.store.Connected() }

// CheckWritable asks the engine whether it could store something, and returns when it last
// certainly could. It writes nothing. For an embedded engine that is now; for NATS servers it is
// when most of the servers with copies last heard each other, because a leader that is cut off
// goes on answering for ten seconds, though it can store nothing.
func (j *Journal) CheckWritable(ctx context.Context) (able time.Time, err error) {
	return j.store.CheckWritable(ctx)
}

// CheckWritableVia is [Journal.CheckWritable] over another connection to the same servers,
// perhaps to another one of them.
func (j *Journal) CheckWritableVia(ctx context.Context, conn *nats.Conn) (able time.Time, err error) {
	return store.CheckWritableVia(ctx, conn)
}
