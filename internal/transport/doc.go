// Package transport holds what the listeners of every protocol share: cutting a client's bytes
// into lines ([LineReader]), delivering room events to the client ([EventWriter]), reporting to
// the connection limiter when a session starts and ends ([SessionStarted]), and shutting down in
// order ([Tracker]).
//
// The package starts one goroutine, in which [Tracker.Shutdown] waits. A Tracker holds its lock
// while it closes its listeners, and closing one waits for the listener's own goroutines.
package transport
