package journal

import (
	"context"
	"sync"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/journal/internal/store"
)

// An env is what the parts of a journal share.
type env struct {
	config   Config
	log      *log.Logger
	store    *store.Store
	node     string // of this data directory, unique among all nodes
	identity string // of this process: node and epoch
	*progress

	followCtx     context.Context // done: store what is there, and end
	stopFollowing context.CancelFunc
	workCtx       context.Context // done: give up on what is not stored yet
	abortWork     context.CancelFunc
	goroutines    sync.WaitGroup
}

func newEnv(c Config, st *store.Store, node, identity string) *env {
	v := &env{config: c, log: c.Log, store: st, node: node, identity: identity}
	v.progress = &progress{log: c.Log, status: Status{Since: time.Now()}}
	v.followCtx, v.stopFollowing = context.WithCancel(context.Background())
	v.workCtx, v.abortWork = context.WithCancel(context.Background())
	return v
}

// limit returns ctx with a timeout. It also ends when the journal gives up on what is not stored
// yet.
func (v *env) limit(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, d)
	stop := context.AfterFunc(v.workCtx, cancel)
	return ctx, func() { stop(); cancel() }
}

// reviveEmbedded restarts the embedded server after a write outside the writer has failed. The
// write started at began.
func (v *env) reviveEmbedded(began time.Time) {
	if !v.store.IsEmbedded() {
		return
	}
	if err := v.store.Revive(v.workCtx, began); err != nil {
		v.log.Debug("journal: the store does not start", "err", err)
	}
}
