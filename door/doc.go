// Package door has what all doors share: telling that a client is in ([Admit]),
// cutting its bytes into lines ([Lines]), delivering what happens in the room
// ([Courier]), and letting everybody out in order when the server stops ([Group]).
//
// It starts no goroutine, but for the one by which [Group.Shutdown] waits. A Group's lock
// is held while its listeners close, which waits for goroutines of theirs.
package door
