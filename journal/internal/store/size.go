package store

import "github.com/nats-io/nats-server/v2/server"

// Size returns how many bytes the embedded server has stored, on disk or in memory. It returns
// false if the server is elsewhere, or not running.
func (e *engine) Size() (bytes uint64, ok bool) {
	if !e.mu.TryLock() { // it is starting or stopping, which takes a while
		return 0, false
	}
	defer e.mu.Unlock()
	if e.server == nil {
		return 0, false
	}
	info, err := e.server.Jsz(&server.JSzOptions{})
	if err != nil {
		return 0, false
	}
	return info.Store + info.Memory, true
}
