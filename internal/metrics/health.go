package metrics

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
)

// Why a house is not ready.
var (
	errStarting = errors.New("teahouse is starting")
	errStopping = errors.New("teahouse is stopping")
)

// A Health tells whether a house is ready for people.
type Health struct {
	// Check returns why what is said cannot be kept, or nil. It is called once the
	// house is open.
	Check func() error

	state atomic.Int32
}

// The states of a house, in their order.
const (
	stateStarting int32 = iota
	stateReady
	stateStopping
)

// SetReady tells that the doors are open.
func (h *Health) SetReady() { h.state.Store(stateReady) }

// SetStopping tells that they are about to be shut.
func (h *Health) SetStopping() { h.state.Store(stateStopping) }

// ready returns why the house is not ready, or nil.
func (h *Health) ready() error {
	switch h.state.Load() {
	case stateStarting:
		return errStarting
	case stateStopping:
		return errStopping
	}
	return h.Check()
}

// ServeHTTP answers whether the house is ready.
func (h *Health) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if err := h.ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	answerOK(w, nil)
}

func answerOK(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }
