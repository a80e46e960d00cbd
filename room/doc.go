// Package room is the core of the chat: who is here, what was said, and in
// which order. It knows no network, no terminal and no disk; doors (packages
// sshd and tcpd) bring people in and show them what happens.
//
// # The conversation is a log
//
// A [House] holds [Room]s and the online map: one name, one person, in the
// whole house. What happens in a Room becomes an immutable [Event], is given
// the next sequence number under the Room's lock, and lands in a ring of the
// last few thousand events. That order is the one that everybody sees.
//
// # People
//
// A User is one session at any door. Somebody with a key may have several: a
// terminal, and pipes and commands beside it. The others see one presence, with
// one name; a second terminal takes the place of the first, with what was not read.
// Who first uses a name with a key owns it, and what looks like it: see claim.go.
// What operators decided, whose names are, who ignores whom, is kept in memory, and
// handed to a [Book] row by row as it changes; [House.Open] reads it again.
//
// Who visits ([House.Visit]) does one thing and is nobody there. To follow a room is such a
// thing, too: then it reads as others do, see follow.go.
//
// # Several houses
//
// Houses in several processes can be one to those who are there. Somebody outside tells
// them of each other: it reads what happens in a house by its [Relay], and lets it know by
// a [Neighbour] for each of the others. People of a neighbour's are users of this house,
// whom one finds, tells and kicks by way of their [Home]; each house decides for its own.
// The houses share a book: see [House.Learn].
//
// # A reader has a cursor
//
// A User has a cursor into its room's ring and
// a small mailbox for what concerns it alone: a private message, the answer to
// a command, a warning. Nobody queues events for a reader: [User.Take] gives
// it all that lies past its cursor. So saying something costs its
// speaker no more than to wake those who sleep, nothing grows with a slow
// reader, and nobody waits for one. A reader that falls off the ring is told how many
// lines it missed.
//
// # A reader and a writer
//
// Two goroutines of a door make all calls on a User:
//
//   - the reader takes the client's bytes, calls [User.Touch] for any input,
//     and [User.Line], [User.Say] or [User.Do] for what was typed;
//   - the writer loops over [User.Wait] and [User.Take], renders what it got
//     and writes it in one go. When Wait returns an error the user has left: the
//     writer closes the connection.
//
// One writer may serve many users: a door that gives [Visitor].Wake is called
// when there is something to take, and says by [User.Rest] that it has taken
// all.
//
// Either calls [User.Leave] when its side fails; leaving happens once,
// whatever the causes and however many.
//
// # Rendered once
//
// How an event looks depends on the door, its dialect, a language, colours: a
// [Voice]. [Event.As] renders an event once for each voice and shares the
// bytes among all readers.
//
// # Locks
//
// House.mu guards who is here, whose names are, and who may do what. Room.mu gives
// events their sequence. A User's mailbox has a lock of its own. They are taken in
// that order, held for a few instructions, and nothing is sent or waited for while
// one is held. Reading the ring takes no lock.
package room
