package store

import "github.com/nats-io/nats-server/v2/server"

// Size returns how many bytes the server in this process has stored, on disk or in memory. It reports false
// where the server is elsewhere, or does not run.
func (e *engine) Size() (bytes uint64, ok bool) {
	if !e.Mu.TryLock() { // it starts or stops, which takes a while
		return 0, false
	}
	defer e.Mu.Unlock()
	if e.Server == nil {
		return 0, false
	}
	info, err := e.Server.Jsz(&server.JSzOptions{})
	if err != nil {
		return 0, false
	}
	return info.Store + info.Memory, true
}
