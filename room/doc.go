// Package room is the core of the chat: who is online, what was said, and in which order. It knows
// nothing of networks, terminals or disks. Clients connect through doors (packages sshd and tcpd),
// which feed the core with input and render what it returns.
//
// # The conversation is a log
//
// A [Hub] holds the [Room]s and the map of everybody who is online; a name belongs to one person in
// the whole hub. Whatever happens in a Room becomes an immutable [Event], gets the next sequence
// number under the lock of the Room's log (package eventlog), and is appended to a ring of the
// latest events: up to 16,384 events or 4 MiB of text in the lobby, 1,024 events or 256 KiB in other
// rooms. Everybody sees events in that order.
//
// A message may have several lines. Terminals show each line after the first behind a mark that no
// text can contain. Clients that only know single lines get the message as one line; see
// [Event.Plain].
//
// Besides its ring, a Room keeps a history of what was said, within [HistoryLimits]. /history and
// /search read it, and newcomers see its end. Joins and leaves never push messages out of it.
//
// # People
//
// A [Session] is one client at one door. Somebody with a key may have several at once: a terminal,
// with pipes and commands beside it. Others see a single user with a single name. A second terminal
// takes the place of the first and inherits what it had not read.
//
// Whoever first uses a name with a key owns that name and everything that looks like it. A person
// is one or more keys; names, rights and penalties belong to the person. Package accounts decides
// who owns what, package moderation holds what operators decided. Both live in memory and write
// each record to a [records.Store] as it changes; [Hub.Load] reads them back. See tables.go.
//
// A one-shot session ([Hub.Exec]) runs one command. It is not listed as a member of the lobby or of
// the room in which it acts. Following a room is such a command too: the session then reads the
// room through a view of its own; see [State.Follow] and package follow, which keeps how far it got.
//
// A bot is a person whose owner marked the key as a program's. The hub does not run the commands
// that a bot registers: a session of the bot that follows the room gets them; see package follow.
//
// # Rooms
//
// Everybody is in the lobby and may join other rooms. A session looks at one room at a time through
// a view: a position in that room's ring, and an end. Switching rooms opens a new view, and the
// writer reads each view to its end. For the other rooms the session only counts unread lines, which
// the prompt shows.
//
// # Several nodes
//
// Several server processes, called nodes, can form one chat. Packages above this one connect them:
// peers makes sessions at other nodes sessions of this hub, see remotesession.go, and tells the
// others what happens here; cluster carries it. People at another node are users of this hub too;
// to message or kick them, the hub goes through their [Remote]. Each node decides for its own
// sessions. All nodes share one record store; see [Hub.ApplyRemote]. When two nodes give out the
// same name at the same time, all nodes reach the same verdict about who keeps it; see
// nameconflict.go.
//
// # A reader has a cursor
//
// A Session has a cursor into its room's ring, and a small mailbox for what only it should see: a
// private message, the answer to a command, a warning. Nobody queues events for readers:
// [Session.Take] returns everything past the cursor, as [Item]s. An Item is an Event or a [Reply]
// to that session alone. Each kind of Reply is a type of its own, such as [RoomEntered], [Notice]
// or [Refused], with fields and codes for programs; doors turn them into sentences. So a message
// costs its sender only the wake-up of sleeping readers, a slow reader makes nothing grow, and
// nobody waits for one. A reader that falls off the ring is told how many lines it missed.
//
// Reading the ring takes no lock: its slots are atomic pointers, and an event's own sequence number
// tells whether its slot has been reused. Sleeping readers are in a lock-free list, which the next
// speaker takes and wakes. A burst of joins and leaves wakes them only once.
//
// # A reader and a writer
//
// Two goroutines of the door make all calls on a Session:
//
//   - the reader takes the client's bytes, calls [Session.Touch] for any input, and a method of
//     package command's Runner for what was typed;
//   - the writer loops over [Session.Wait] and [Session.Take], renders what it gets and writes it
//     in one go. When Wait returns an error the session is over, and the writer closes the
//     connection.
//
// One writer may serve many sessions. The [ClientInfo].Waker of a door is told when there is
// something to take; the door calls [Session.Arm] once it has taken everything.
//
// Either goroutine calls [Session.Leave] when its side fails. A session leaves once, no matter how
// many causes there are.
//
// The package starts no other goroutines, except through timers: for idle sessions, and for what is
// written or announced after a short delay.
//
// # Rate limits
//
// throttle.go decides which limit applies to whom, and lets the session wait; the limits themselves
// are in [teahouse/internal/ratelimit].
//
// A line takes a token from its person and one from its address; see [Limits]. When there is none,
// the Runner sleeps, and because nobody reads the client's input meanwhile, the client
// blocks too. A line that would have to wait for more than 5 s is refused, and a person who keeps
// sending too fast is muted for a minute. The exceptions are scripted clients, that is pipes and
// plain TCP, which wait for as long as it takes, and bots, which are never muted. Connecting costs
// tokens of the address as well.
//
// Operations that cost more than a line, such as a search, a long answer or endless typing, are
// charged to the address as CPU time, by the [ratelimit.Meter] of the session, which also lets
// commands that scan a lot of data wait for their turn. To make scans fast, the history keeps a
// folded form of each line: 64 bytes a line, plus up to one and a half times the text if folding
// changes it.
//
// # Shared limits
//
// A key costs nothing. So keys first seen less than a day ago get, all together, at most half of
// whatever everybody shares, such as rooms, names or read markers, and each of them gets less than
// an established key. A single network gets a tenth, which is counted in memory. Both are decided
// in quota.go. Whatever nobody uses becomes free again; see sweep.go. A full table refuses new
// entries and never drops one that is in use. Nodes that share a store may each give out the last
// place at the same moment.
//
// # Rendered once
//
// How an event looks depends on the door, its dialect, the language and the colours: a [Format].
// [Event.RenderAs] renders a new event once for each Format and shares the bytes among all readers.
// A hub keeps 16 MiB of renderings and their events, for 5 s; a reader that comes later renders the
// event for itself.
//
// # Locks
//
// [Hub.Lock] gives a [State]: who is online, who owns which name, and who may do what, with the
// parts Rooms, Naming, People and Access. Nothing of it can be reached without the lock, which
// comments call Hub.mu; [State.Unlock] also wakes the readers of rooms in which somebody came or
// left. The lock of a log gives events their sequence numbers. A history, a Session's mailbox, a
// Subscription and the render cache have locks of their own. They are taken in that order and held
// for a few instructions; nobody sends or waits while holding one. Callbacks of the host, such as
// the Write method of a [records.Store] and [ClientInfo].Waker, may run under Hub.mu: they must
// neither wait nor call the hub. [Config].OnAudit is called after the lock is released.
//
// # Input from outside the process
//
// Data from the store and from other nodes is hostile input as well. The Sanitize method of each
// kind of event, session and record cleans, bounds and checks it as it enters; nothing behind that
// checks again.
package room
