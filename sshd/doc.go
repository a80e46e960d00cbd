// Package sshd is the SSH door: ssh -p 2222 host, and you are in.
//
// It serves three kinds of session. With a terminal it is the chat: lines
// print above an input row (package terminal). With a command, as in ssh host
// who, it answers and exits with a code, or follows what happens until it is ended. With neither it is a pipe: each line
// of the input is said.
//
// # Who gets in
//
// Everybody, without a prompt. Any public key is accepted that its owner proves to
// have, and people without one come in by keyboard-interactive authentication without a
// question, or by any password, which nobody looks at. "none" is refused, because OpenSSH
// tries it first and would never show its key. Who somebody is, is read from the session
// when all is done: see package keys.
//
// OpenSSH with BatchMode=yes and no key tries "none" alone, and gives up. Until then it
// looks like one that has a key, so it cannot be let in.
//
// # What a client may do
//
// It may choose from the algorithms of the function algorithms, and change keys a few times
// a minute: the hostKey of its connection counts that.
//
// wish and gliderlabs/ssh trust their clients: a handshake may take for ever,
// a connection may open any number of sessions, a session may send any number
// of environment variables, and an undrained window change freezes the
// connection. [Server] therefore puts a guard at two places: guardedConn
// around the network connection, and guardedChannel between a session's
// requests and the library.
//
// # Commands
//
// A command is a visit, in the lobby or in the room of --room: see [room.Hub.Exec].
//
// follow asks its client again and again whether it is there. The answer tells that the
// client has what was written before, and that is the place from which follow last goes
// on. The end of its input ends it, where there was any; at a terminal ^C and ^D do. So does
// the end of who reads its output, of which OpenSSH tells.
//
// # What is typed
//
// The reader feeds the input row. What the house refuses it puts back there, unless
// something else was typed meanwhile: then it is in the history alone.
//
// Some terminals, as the console of Windows, do not mark what is pasted: its lines come as if
// each had been typed, with Enter. To say them would be fifty messages, and a mute.
// So lines that come in one read are a paste if nobody can have typed them while
// the network stood still, as it does for a second at times: three lines, or two of more than
// 40 bytes. They go on until nothing has come for 100 ms. It is no paste where the
// terminal has marked one before, where keys are among it that nobody pastes, or where
// the input ends with it, as that of ssh -tt HOST < FILE does.
//
// # Dead clients
//
// A client that has sent nothing for a while is asked whether it is there. Any byte that
// comes is a sign of life, so one that answers no question, as some do not, is here as
// long as it sends something. Who is silent for the time of two keepalives is gone.
//
// # Clients that send more than is read
//
// The library keeps what nobody reads, two megabytes for each channel, and cannot be told to
// keep less. So the inbox of a channel reads all that comes: what is wanted it keeps, up to
// a bound, and the rest it throws away. Where it is full, as for a pipe whose lines have to
// wait, the library's window holds the client back; and the connection's ahead counts what
// comes meanwhile. Who is far ahead of its sessions is shown out.
//
// # Slow clients
//
// A write to an SSH session blocks for as long as the client's window is full,
// no deadline frees it, and closing the session does not either. Only closing
// the connection does: a watch looks for writes that take too long, and does it.
// While keys are exchanged the library keeps what is written, and a client need not go on
// with that. So the connection's backlog has the writers wait where much is kept. It also
// ends the connection of a client that has its output cut into tiny packets.
//
// # Goroutines
//
// Each chat and each pipe has a reader, the session's handler, and a writer,
// as package room describes. What one types is drawn by the writer, too: the
// reader only changes the input row and nudges it. So one goroutine writes,
// and the reader is never stuck behind a full window. A command is its session's
// handler alone, but for follow, which has one that asks the client what it has got
// and one that throws away its input, and for say and bot commands, where one reads
// standard input. A session at a terminal comes in on one that ends when it is in.
// What a chat's reader waits for no longer than a moment, it has another goroutine
// read. Beside these each session has one that guards its requests, and the SSH library some
// of its own, and two take in what comes. All of them end with their connection, the watch with Shutdown.
//
// # Locks
//
// A session's guards its user, from when there is one, for the watch and for those who stop
// it. It is held while the user comes in, which the house may slow down for some seconds.
// guardedConn.mu guards a connection's sessions, bufferedChannel.mu what one of them has not read,
// inboundBacklog.mu how far the connection is ahead of them, with farAhead.mu, of all connections,
// taken under it; outboundBacklog.mu what was written and is not sent; windowSize.mu a window's width, with
// the terminal's taken under it; writeWatchdog.mu and formatCache.mu what their names say.
//
// # Styles
//
// A line is rendered once for each style that sessions have: language, colours, width,
// clock and zone. There are 64 at most, and 16 for those who come from one address. Whoever
// would be one more shares that of a somewhat narrower window or has the plain form, in
// which the terminal folds lines. What one session alone would read is not kept.
package sshd
