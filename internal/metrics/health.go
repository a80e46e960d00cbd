package metrics

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
)

// The reasons why a server is not ready.
var (
	errStarting = errors.New("teahouse is starting")
	errStopping = errors.New("teahouse is stopping")
)

// A Health tells whether a server is ready for users. Its methods may be called from any
// goroutine.
type Health struct {
	// Check returns why messages cannot be stored, or nil. It is called only after SetReady, from
	// any goroutine.
	Check func() error

	state atomic.Int32
}

// The states of a server, in order.
const (
	stateStarting int32 = iota
	stateReady
	stateStopping
)

// SetReady says that the listeners are open.
func (h *Health) SetReady() { h.state.Store(stateReady) }

// SetStopping says that the listeners are about to be closed.
func (h *Health) SetStopping() { h.state.Store(stateStopping) }

// ready returns why the server is not ready, or nil.
func (h *Health) ready() error {
	switch h.state.Load() {
	case stateStarting:
		return errStarting
	case stateStopping:
		return errStopping
	}
	return h.Check()
}

// ServeHTTP answers 200 if the server is ready, and otherwise 503 with the reason.
func (h *Health) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if err := h.ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	answerOK(w, nil)
}

func answerOK(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }
