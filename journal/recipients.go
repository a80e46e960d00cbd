package journal

import (
	"context"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

// recipients are the accounts for which a private message may wait. Asking the engine about
// everybody who connects took a seventh of the CPU of a connection. They are only known if nobody
// else stores messages. None is ever removed: there are no more than people.
type recipients struct {
	mu    sync.Mutex
	known bool
	boxes map[string]bool // by the subject of the account
}

// load finds out for whom messages wait, if the engine is embedded.
func (r *recipients) load(ctx context.Context, st *store.Store) error {
	if !st.IsEmbedded() {
		return nil
	}
	stream, err := st.JS.Stream(ctx, layout.PrivateMessageStream)
	if err != nil {
		return err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(layout.PrivateMessagePrefix+">"))
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known, r.boxes = true, map[string]bool{}
	for subject := range info.State.Subjects {
		to, _, _ := strings.Cut(subject[len(layout.PrivateMessagePrefix):], ".")
		r.boxes[layout.PrivateMessagePrefix+to] = true
	}
	return nil
}

// add says that a message for an account is about to be stored.
func (r *recipients) add(to ids.Account) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known {
		r.boxes[layout.PrivateMessageSubject(to, "")] = true
	}
}

// mayHave reports whether a message may wait for an account.
func (r *recipients) mayHave(to ids.Account) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.known || r.boxes[layout.PrivateMessageSubject(to, "")]
}
