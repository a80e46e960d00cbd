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
	// Failing returns why what is said cannot be kept, or nil. It is called once the
	// house is open.
	Failing func() error

	state atomic.Int32
}

// The states of a house, in their order.
const (
	starting int32 = iota
	opened
	stopping
)

// Open tells that the doors are open.
func (h *Health) Open() { h.state.Store(opened) }

// Stop tells that they are about to be shut.
func (h *Health) Stop() { h.state.Store(stopping) }

// ready returns why the house is not ready, or nil.
func (h *Health) ready() error {
	switch h.state.Load() {
	case starting:
		return errStarting
	case stopping:
		return errStopping
	}
	return h.Failing()
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
