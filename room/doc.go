// Package room is the core of the chat: who is here, what was said, and in
// which order. It knows no network, no terminal and no disk; doors (packages
// sshd and tcpd) bring people in and show them what happens.
//
// # The conversation is a log
//
// A [Hub] holds [Room]s and the online map: one name, one person, in the
// whole house. What happens in a Room becomes an immutable [Event], is given
// the next sequence number under the Room's lock, and lands in a ring of the
// latest events: up to 16,384 or 4 MiB of text in the lobby, 1,024 or 256 KiB in
// other rooms. That order is the one that everybody sees.
//
// A message may have several lines. At a terminal the further ones are shown behind a
// mark that no text has; for those who know nothing but lines it is one, see [Event.Plain].
//
// Beside the ring a Room has a past: what was said, within [HistoryLimits], which is what history
// and search read and newcomers see. Comings and goings push nothing out of it.
//
// # People
//
// A Session is one session at any door. Somebody with a key may have several: a
// terminal, and pipes and commands beside it. The others see one presence, with
// one name; a second terminal takes the place of the first, with what was not read.
// Whoever first uses a name with a key owns it, and what looks like it. A person is one or more keys;
// names, rights and penalties are the person's. Who owns what is the matter of package accounts,
// what operators decided that of package moderation. All of it is in memory, and goes to a
// [records.Store] record by record as it changes; [Hub.Load] reads it again. See tables.go.
//
// Who visits ([Hub.Exec]) does one thing and is nobody there, neither in the lobby nor
// in the room in which it acts. To follow a room is such a thing, too: then it reads as
// others do, from a seat of its own, see readmarker.go. How far it came is a row of the
// Store for each person and room: the time of the last line that the client is known to have.
//
// A bot is a person whose key its owner marked as a program's. The house does not run
// the commands that it registers: what somebody types goes into the mailbox of the bot's
// latest session that follows the room. It stays an errand of that session until the client
// is known to have it. Where the session ends before that, who asked is told, and nobody
// else gets it; see pendingcommand.go.
//
// # Rooms
//
// Everybody is in the lobby, and a person may be in other rooms. A session looks at one
// at a time, from a seat: a place in that room's ring, with an end. Who goes elsewhere
// takes a new seat, and the writer reads each one to its end. Of the other rooms only what
// was said is counted, for the prompt.
//
// # Several houses
//
// Houses in several processes can be one to those who are there. Somebody outside tells
// them of each other: it reads what happens in a house by its [PeerFeed], and lets it know by
// a [Peer] for each of the others. People of a neighbour's are users of this house,
// whom one finds, tells and kicks by way of their [Remote]; each house decides for its own.
// The houses share a book: see [Hub.ApplyRemote]. A name that two of them gave out at the same
// time all find to be the same one's: see nameconflict.go.
//
// # A reader has a cursor
//
// A Session has a cursor into its room's ring and
// a small mailbox for what concerns it alone: a private message, the answer to
// a command, a warning. Nobody queues events for a reader: [Session.Take] gives
// it all that lies past its cursor, as [Item]s. An Item is an Event, or a [Reply] to that session
// alone: each kind is a type, such as [WhoReply], [HistoryPage], [Notice] or [Refused], with fields
// and codes that programs go by. A door makes sentences of them. So saying something costs its
// speaker no more than to wake those who sleep, nothing grows with a slow
// reader, and nobody waits for one. A reader that falls off the ring is told how many
// lines it missed.
//
// The ring is read without a lock: its slots are atomic pointers, and an event's own
// number tells whether its slot has been used again. Those who sleep are in a
// lock-free list, which whoever speaks takes and wakes. Comings and goings in a burst
// wake them together.
//
// # A reader and a writer
//
// Two goroutines of a door make all calls on a Session:
//
//   - the reader takes the client's bytes, calls [Session.Touch] for any input,
//     and [Session.HandleLine], [Session.Say] or [Session.RunCommand] for what was typed;
//   - the writer loops over [Session.Wait] and [Session.Take], renders what it got
//     and writes it in one go. When Wait returns an error the user has left: the
//     writer closes the connection.
//
// One writer may serve many users: a door that gives [ClientInfo].Wake is called
// when there is something to take, and says by [Session.Arm] that it has taken
// all.
//
// Either calls [Session.Leave] when its side fails; leaving happens once,
// whatever the causes and however many.
//
// The package starts no goroutine beside those, but for timers: who is idle, what is to be
// written or told a moment later.
//
// # Who is too fast
//
// A line takes a token of its person and of its address, see [Limits]. Where there is none
// [Session.HandleLine] sleeps, and with it, since nobody reads what it sends, the sender. Who would
// have to wait for more than 5 s is refused, and who goes on being too fast is muted for a
// minute, but for the patient: pipes and plain TCP clients, which wait for as long as it
// takes. A bot is not muted either. To come in costs tokens of the
// address, too.
//
// What costs more than a line does, such as a search, a long answer, or to type without
// end, is charged to the address as time of a core, see workbudget.go. Commands that look
// through much wait for their turn, see scan.go. So that they are quick, what is
// remembered is kept folded: 64 bytes a line, and up to one and a half times its text
// where folding changes that.
//
// # What all share
//
// A key costs nothing, so of what all share, such as rooms, names or places of those who
// follow, keys that were here first less than a day ago get half together, and each of them
// less: see newcomer.go. What comes from one network gets a tenth, which is counted in memory:
// see quota.go. What nobody uses is free again, see sweep.go; a table that is full
// refuses a newcomer, and drops nothing that somebody uses. Houses that share a book may each
// give out the last place at the same moment.
//
// # Rendered once
//
// How an event looks depends on the door, its dialect, a language, colours: a
// [Format]. [Event.RenderAs] renders an event once for each voice and shares the
// bytes among all readers, while it is new: a house keeps 16 MiB of them and of their
// events, for 5 s. Who comes to an event later renders it for itself.
//
// # Locks
//
// Hub.mu guards who is here, whose names are, and who may do what. Room.mu gives
// events their sequence. A Room's past and a Session's mailbox have locks of their own, and so
// have the renderings that are kept. They are taken in that order, held for a few instructions, and nothing is sent or waited for
// while one is held. What a host gives to be called, such as [Store.Write] and
// [ClientInfo].Wake, may be called under Hub.mu: it must not wait, nor call the house. What
// operators did is told to [Hub.OnAudit] when the lock is released.
//
// # What comes from outside the process
//
// What the store has, and what other nodes tell of, is hostile input, too: events, sessions
// and rows are cleaned, bounded and checked as they enter, by the Accept of each, and by
// nobody behind that.
package room
