// Package sshd serves the chat over SSH: ssh -p 2222 host, and you are in.
//
// There are three kinds of session. With a terminal it is the chat: lines appear above an input
// row (package terminal). With a command, as in ssh host who, it answers and exits with a code,
// or follows the room until it is ended. With neither it is a pipe: each line of input is said.
//
//	server.go, conn.go, channel.go        the server, and what guards it against its clients
//	session.go                            what all kinds of session share
//	terminalsession.go, terminaloutput.go the chat at a terminal
//	writerpool.go                         who writes to the terminals
//	execsession.go, commandline.go        commands: ssh host who
//	followsession.go                      the command follow
//	pipesession.go, stdin.go              pipes, and input that is said
//
// How lines look is decided in packages render and style, what commands do in package room.
//
// # Who gets in
//
// Everybody gets in, without a prompt. Any public key is accepted if the client proves that it
// holds the private key. Clients without a key get in by keyboard-interactive authentication
// without a question, or with any password, which is ignored. "none" is refused, because OpenSSH
// tries it first and would then never show its key. The established session says who the user is:
// see package keys.
//
// OpenSSH with BatchMode=yes and no key tries only "none", and gives up. Until then it looks like
// a client with a key, so it cannot be admitted.
//
// # What a client may do
//
// A client may choose from the algorithms in algorithms.go, and rekey a few times a minute, which
// the hostKey of its connection counts (rekeylimit.go). How long it may be silent, or slow, is in
// timeouts.go.
//
// wish and gliderlabs/ssh trust their clients: a handshake may take for ever, a connection may
// open any number of sessions, a session may send any number of environment variables, and window
// changes that nobody receives freeze the connection. A [Server] therefore guards two places:
// guardedConn wraps the network connection, and guardedChannel stands between a session's
// requests and the library.
//
// # Commands
//
// A command acts in the lobby, or in the room of --room, without joining it: see [room.Hub.Exec].
//
// follow sends its client keepalives. An answer shows that the client has everything written
// before, and that is where "follow --since last" continues. The end of its input ends it, if
// there was any input; at a terminal, ^C and ^D do. So does the end of whatever reads its output,
// which OpenSSH reports.
//
// # Input at a terminal
//
// The reader feeds the input row. A message that is refused goes back into the row, unless
// something else was typed meanwhile: then it is only in the history.
//
// Some terminals, such as the Windows console, do not mark pastes: their lines arrive as if each
// had been typed, with Enter. Saying them would mean fifty messages and a mute. So lines that
// arrive in one read are a paste if nobody can have typed them while the network stalled, as it
// does for a second at times: three lines, or two of more than 40 bytes. The paste continues
// until nothing arrives for 100 ms. It is not a paste if the terminal has marked one before, if
// it contains keys that are never pasted, or if the input ends with it, as that of ssh -tt HOST <
// FILE does.
//
// # Dead clients
//
// A client that has been silent for a while is sent a keepalive. Any input is a sign of life, so
// a client that answers no keepalives, as some do not, stays as long as it sends something. A
// client that is silent for two keepalive intervals is disconnected.
//
// # Clients that send more than is read
//
// The library keeps input that nobody reads, two megabytes for each channel, and cannot be told
// to keep less. So the bufferedChannel of a channel reads everything that arrives; it keeps what
// is wanted, up to a limit, and discards the rest. When it is full, as for a pipe whose lines
// have to wait, the library's window stops the client, and the connection's inboundBacklog counts
// what arrives meanwhile. A client that is far ahead of its sessions is disconnected.
//
// # Slow clients
//
// A write to an SSH session blocks for as long as the client's window is full. No deadline
// unblocks it, and closing the session does not either; only closing the connection does. The
// writeWatchdog looks for writes that take too long, and does that. During a key exchange the
// library keeps what is written, and the client need not continue the exchange; so the
// connection's outboundBacklog makes writers wait when much is kept. It also disconnects a client
// that makes its output be cut into tiny packets.
//
// # Goroutines
//
// Each chat and each pipe has a reader, the session's handler. A pipe has a writer, too, as package
// room describes; the chats of a server share a few, which end when there is nothing to write: see
// writerPool. A writer also draws the input row: the reader only changes it and requests a refresh.
// So one goroutine at a time writes to a terminal, and the reader never blocks on a full window. A
// command has only its session's handler, except follow, which has one that sends keepalives and one that
// discards its input, and say and bot commands, which have one that reads standard input. A
// session at a terminal enters on a goroutine that ends when it has entered, and is greeted on
// another. A read that must not
// block a chat's reader for long has a goroutine of its own. In addition each session has one
// that filters its requests and one that takes its input, and the SSH library has some of its own.
// All of them end with their connection, the watchdog with Shutdown.
//
// # Locks
//
// A session's lock guards its room.Session, so that the watchdog and Stop can be called while it
// enters. It is held while the session enters, which the hub may delay for some seconds.
// guardedConn.mu guards a connection's sessions, bufferedChannel.mu the unread input of one of
// them, and inboundBacklog.mu how far the connection is ahead of them; the lock of
// Server.overAllowance is taken under it. outboundBacklog.mu guards what was written and not
// sent, and windowSize.mu a window's width; the terminal's lock is taken under it.
// writeWatchdog.mu guards what its name says, and writerPool.mu the queue of terminals that are to
// be written to.
//
// # Formats
//
// A line is rendered once for each format that sessions have: language, colours, width, clock and
// time zone. There are at most 64 of them, and 16 for one address. A session that would need one
// more shares that of a slightly narrower window, or gets the plain format, in which the terminal
// wraps lines. Lines that only one session would read are not kept.
package sshd
