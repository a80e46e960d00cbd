// Package door has what all doors share: cutting a client's bytes into lines
// ([Lines]), delivering what happens in the room ([Courier]), and letting
// everybody out in order when the server stops ([Group]).
package door
