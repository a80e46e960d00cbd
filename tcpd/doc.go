// Package tcpd is the plain TCP door: nc, the menu client, and every program
// written from one of the five articles that described the original chat.
//
// Each article is a [Dialect]: a framing, a set of commands, a set of phrases.
// A dialect is data; one [Server] speaks them all. Two places read that data:
// a framer cuts what a client sends into messages, and the dialect's voice
// (see [room.Format]) turns events into lines. docs/protocol.md has it all in words.
//
// What a client sends goes through an opening, which knows other protocols by their
// first line; before that, where there are lines, through a telnet reader; then the
// framer cuts the bytes; and a decoder makes UTF-8 of each message. There is a voice for
// each [Charset] that is written: a client gets that of GBK once its decoder has found
// out that it needs it.
//
// # Goroutines
//
// Serve accepts. Each client has a reader, which takes messages and acts on
// them. One sweeper writes for all clients of a server: for each that was
// woken it renders all there is and writes what the socket takes at once. Only a
// client whose socket is full gets a goroutine for writing, until it has caught
// up. Either side's failure makes the user leave; the sweeper then delivers what
// is left, says goodbye and ends the output, and the reader closes the
// connection. Shutdown waits for all of them.
//
// # Locks
//
// A client's guards its user, from when there is one, for those who stop it. It is held
// while the user comes in, which the house may slow down for some seconds. The sweeper's
// guards the list of those who were woken; the house takes it under its own.
//
// # Fast clients
//
// A client is read no faster than its lines may be said: the rest waits on its side of
// the connection. So a long paste is said whole, and nobody is muted for it.
//
// # Slow clients
//
// A write that does not get through within the deadline ends the session with
// [room.Slow]. Until then the client costs a buffer and its cursor: the room
// queues nothing for it.
package tcpd
