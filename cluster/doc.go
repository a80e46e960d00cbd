// Package cluster makes one house of several: each node has its own people, and all
// of them are in the same rooms.
//
// # A reader and a writer of the log
//
// A [Link] reads what happens in its node's rooms, as the journal does, by a
// [room.PeerFeed], which is woken before everybody else, and publishes it; and it has the
// rooms go on with what the others publish, by a [room.Peer] for each. The room
// knows nothing of how that comes about. What an event is, and who is who, is decided
// in the node where it happens; the others believe it.
//
// Between the nodes is NATS. What is said goes by its core, which keeps nothing and
// costs a fraction of a millisecond. The journals of all nodes have one store there.
// It is what a node reads where it missed something that nobody can tell it any
// more.
//
//	teahouse.feed.<node>   packets: what happened there, numbered without gaps
//	teahouse.beat          every 2 s from each: the number of its last packet
//	teahouse.again.<node>  to it: say again what came after packet N
//	teahouse.to.<node>     to it: something for one of its sessions
//	teahouse.book          somebody has written to the book; that is the journal's
//
// # Nothing lost, nothing twice
//
// A receiver notices by a packet's number, or a beat's, that it missed some, and asks
// its sender, who keeps the latest. It answers with what was said in those, then with
// all sessions it has. Where the sender does not have them any more, or is gone, the
// receiver reads the store. Each event has the number that it has in its room at its
// node, and an event is heard once: whatever is sent again does no harm.
//
// So the lines of one speaker keep their order everywhere. Those of speakers at
// different nodes can come in another order at each.
//
// # One version, the same flags
//
// Each beat has the version and the flags that matter for all: a [NodeInfo]. Where that of
// another node is unlike its own, a node logs in what; nothing else follows from it.
//
// # Clocks
//
// Each beat has the time, too, so nodes know by how much their clocks are apart. That is told
// where it is a second or more, and then the house makes and ends bans by clocks that may be
// right, see [room.Hub.SetClockOffsets]. What comes dated up to a minute ahead keeps its time all the
// same: it is what all nodes, and the store, know of a line.
//
// # For one session
//
// A private message, a command for a bot, and that somebody has to leave are handed over
// while the one who wants it waits, for 2 s at most: where the other node does not say
// that it is done, that one is told so. Bans go by the book. Notices, such as
// that somebody is an operator now, are sent and may get lost; those that could not be
// sent are counted in the log.
//
// # Who is there
//
// A node that was not heard from for 10 s is taken for lost: its people have left, in
// the eyes of the others, and their names are kept for another 20 s. To be alone is
// no different: then a node goes on for its own people, tells them, once, and goes on
// publishing. When the others are heard again, each side hears what the other one said
// meanwhile.
//
// A lost node may have been switched off for good. So it counts no more after five
// minutes in which this node was connected; but first the store is read once more: where
// it cannot be, this node may be the one that is cut off. How far the lost one was heard
// stays known for a day, for the case that it comes back.
//
// # Those who die before all is stored
//
// Each beat says up to which packet its node has stored all, and who hears it keeps what came
// after that. When the process is gone (lost, or left, or another one is there in its place)
// the others read the store, and what they heard, and their rooms remember, and is not there,
// they store: under the identity of that process, with its numbers and times. Who is first by
// name begins, and the next one comes 2 s later; but nothing depends on that, nor on whether
// the process is really dead, since who reads drops repeats. Who has stored something tells
// the others in a packet, and they read it: it may be news to them, as to the process that was
// started in the dead one's place, and had read the store before that. Who leaves does not
// wait for others to die: its journal stores, as it closes, what it heard of them and is not
// there by then. What nobody heard is lost.
//
// It stores that after it has said that it leaves, and may have to wait for the NATS servers. A node
// that was started meanwhile had read the store before that, and heard nothing of it. So each
// reads the store once more, 45 s after its start.
//
// # Goroutines
//
// [Open] starts one, which does it all but two things: what comes for one session is
// handed over by the NATS client's goroutine, and the store is read by one for each node of
// which something is missing, and by one 45 s after the start, because that can take a while. [Link.Close] ends them. There
// are no locks: what the others said is that one goroutine's.
package cluster
