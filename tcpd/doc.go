// Package tcpd is the plain TCP door: nc, the menu client, and every program
// written from one of the five articles that described the original chat.
//
// Each article is a [Dialect]: a framing, a set of commands, a set of phrases.
// A dialect is data; one [Server] speaks them all. Two places read that data:
// a framer cuts what a client sends into messages, and the dialect's voice
// (see [room.Voice]) turns events into lines.
//
// # Goroutines
//
// Serve accepts. Each client has a reader, which takes messages and acts on
// them, and a writer, which waits for events, renders all there are and writes
// them at once. Either side's failure makes the user leave; the writer then
// delivers what is left, says goodbye and closes the connection, which ends
// the reader. Shutdown waits for all of them.
//
// # Slow clients
//
// A write that does not get through within the deadline ends the session with
// [room.Slow]. Until then the client costs a buffer and its cursor: the room
// queues nothing for it.
package tcpd
