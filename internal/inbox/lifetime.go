package inbox

import (
	"context"
	"time"
)

// A lifetime is a context that ends when an inbox is closed. It takes no memory of its own: there may
// be many inboxes.
type lifetime struct{ in *Inbox }

// Context returns a context that ends when in is closed.
func (in *Inbox) Context() context.Context { return lifetime{in} }

func (lifetime) Deadline() (deadline time.Time, ok bool) { return deadline, false }

func (l lifetime) Done() <-chan struct{} { return l.in.done }

func (l lifetime) Err() error {
	select {
	case <-l.in.done:
		return context.Canceled
	default:
		return nil
	}
}

func (lifetime) Value(any) any { return nil }
