package journal

import "github.com/nats-io/nats-server/v2/server"

// size returns how many bytes the server in this process has stored, on disk or in memory. It reports false
// where the server is elsewhere, or does not run.
func (e *engine) size() (bytes uint64, ok bool) {
	if !e.mu.TryLock() { // it starts or stops, which takes a while
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
