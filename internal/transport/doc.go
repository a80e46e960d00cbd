// Package transport has what all doors share: telling that a client is in ([SessionStarted]),
// cutting its bytes into lines ([LineReader]), delivering what happens in the room
// ([EventWriter]), and letting everybody out in order when the server stops ([Tracker]).
//
// It starts no goroutine, but for the one by which [Tracker.Shutdown] waits. A Tracker's lock
// is held while its listeners close, which waits for goroutines of theirs.
package transport
