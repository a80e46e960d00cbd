// Package tcpd serves the chat over plain TCP: to nc, to the menu client, and to every program
// written from one of the five articles that described the original chat.
//
// Each article is a [Dialect]: a framing, a set of commands, a set of phrases. A dialect is data,
// and one [Server] can speak any of them. Two places use that data: a framer splits a client's
// input into messages, and a format (see [room.Format]) turns events into lines. docs/protocol.md
// describes all dialects.
//
//	dialects.go, dialect.go              the five dialects with their phrases, and what a dialect is
//	charset.go, telnet.go, sniffer.go,
//	readframer.go                        what happens to a client's input
//	format.go                            how events become lines
//	sharedwriter.go, writer.go           writing to clients
//	server.go, client.go                 accepting clients, and one client
//
// What else people read at these doors, such as why they were kicked, is a sentence of package i18n.
//
// A client's input passes a sniffer, which recognizes other protocols by their first line; in
// dialects with lines, a telnet reader that removes telnet commands; the framer; and a decoder,
// which converts each message to UTF-8. There is one format for each [Charset] of the output: a
// client gets the one for GBK when its decoder has found out that it uses GBK.
//
// # Goroutines
//
// Serve accepts connections. Each client has a reader, which reads and handles its messages. One
// shared writer writes to all clients of a server: for each client that was woken it renders what
// there is and writes as much as the socket accepts without blocking. Only a client whose socket
// is full gets a goroutine for writing, until it has caught up. A failure on either side makes
// the session leave. The shared writer then delivers what is left, says goodbye and closes the
// output, and the reader closes the connection. Shutdown waits for all of these goroutines.
//
// # Locks
//
// A client's lock guards its session, so that Stop can be called while it enters. It is held
// while the session enters, which the hub may delay for some seconds. The shared writer's lock
// guards the list of woken clients; the hub takes it while it holds its own.
//
// # Fast clients
//
// A client's input is read no faster than its lines may be said. The rest waits on the client's
// side of the connection, so a long paste is said in full and nobody is muted for it.
//
// # Slow clients
//
// A write that does not complete before its deadline ends the session with [room.Slow]. Until
// then the client costs a buffer and a cursor: the room queues nothing for it.
package tcpd
