// Package cluster joins several nodes into one chat: each node has its own users, and all of them
// are in the same rooms.
//
// # A reader and a writer of the log
//
// A [Link] reads what happens in its node's rooms through a [peers.Feed], much as the journal
// does, and publishes it. It applies what the other nodes publish through one [peers.Peer] for
// each. Package room does not know how events travel. The node where something happens decides
// what happened and who did it; the others believe it.
//
// NATS connects the nodes. Live events use core NATS, which stores nothing and takes a fraction
// of a millisecond. The journals of all nodes share one store there, from which a node reads what
// it missed and nobody can repeat.
//
//	teahouse.packets.<node>  packets: what happened at that node, numbered without gaps
//	teahouse.heartbeat       heartbeats, from each node every 2 s: the number of its last packet
//	teahouse.resend.<node>   a request to that node to repeat what came after packet N
//	teahouse.resent.<node>   the repeated packets, for that node
//	teahouse.request.<node>  a request to that node for one of its sessions
//	teahouse.records         somebody has written a record; used by the journal
//
// A sentence of the server travels as its code and arguments. A node that does not know the code,
// because the sender's version is newer, shows both as they are.
//
//	link.go, connecterror.go       the connection, and the goroutine that does nearly everything
//	publish.go, outbox.go          what this node sends, and keeps in order to repeat it
//	peer.go, receive.go            what another node sends
//	packet.go, wiresentence.go     what travels, and how it is encoded
//	rpc.go                         requests to another node
//	catchup.go, latewriters.go     reading the store for what was missed
//	backfill.go, unstored.go       storing what a dead node had not stored
//	clockskew.go, nodeinfo.go      comparing clocks, versions and flags
//
// # Nothing lost, nothing twice
//
// A receiver notices a gap by the number in a packet or a heartbeat, and asks the sender, which
// keeps its latest packets. The sender repeats their events, and then sends all its current
// sessions. If the sender no longer has the packets, or is gone, the receiver reads the store.
// Each event carries its number in its room at its own node and is applied once, so repeating is
// harmless.
//
// So the lines of one user keep their order everywhere. Lines of users at different nodes may
// appear in a different order at each node.
//
// # The same version, the same flags
//
// Each heartbeat carries the node's version and the flags that should be the same everywhere: a
// [NodeInfo]. If another node's differs, that is logged and operators are told; nothing else
// depends on it.
//
// # Clocks
//
// Each heartbeat carries the time, so nodes know how far their clocks differ. A difference of a
// second or more is reported, and then the hub makes and ends bans by the clocks that may be
// right, see [room.Hub.SetClockOffsets]. An event whose time is up to a minute in the future
// keeps that time all the same, because all nodes and the store identify it by that.
//
// # Requests
//
// A private message, a command for a bot and a disconnection are requests: the user who wants it
// waits for the other node's answer, for at most 2 s, and is told if there is none. Bans are
// records and do not need requests. Notices, for instance that somebody is now an operator, are
// sent without an answer and may be lost; the log counts those that could not be sent.
//
// # Silent nodes
//
// A node that has been silent for 10 s is lost: for the others, its users have left, and their
// names stay reserved for another 20 s. A node that is cut off behaves the same way: it goes on
// for its own users, tells them once, and keeps publishing. When the nodes hear each other again,
// each side receives what the other one said meanwhile.
//
// A lost node may have been switched off for good, so after five minutes during which this node
// was connected it no longer counts. Before that, the store is read once more: if that fails,
// this node may be the one that is cut off. How far the lost node was received is remembered for
// a day, in case it comes back.
//
// # Processes that die before everything is stored
//
// Each heartbeat carries the number of the packet up to which its node has stored everything, and
// the receivers keep what came after. When the process is gone (lost, stopped, or replaced by
// another process of the same node), the others read the store, and store what they received,
// still remember, and do not find there: under that process's identity, with its numbers and
// times. The first node by name begins, and each next one waits 2 s longer. Nothing depends on
// that order, nor on whether the process is really dead, because readers drop repeats. A node
// that has stored something announces it in a packet, and the others read it: it may be new to
// them, or to the process that was started in the dead one's place and had read the store before.
// A node that leaves does not wait for others to die: when its journal closes, it stores what the
// node received from them and is not there by then. What no node received is lost.
//
// The journal closes after the node has announced that it leaves, and may have to wait for the
// NATS servers. A node that was started meanwhile read the store before that and received
// nothing. So each node reads the store once more, 45 s after its start.
//
// # Goroutines
//
// [Open] starts one goroutine that does nearly everything; the state of the other nodes belongs
// to it, so there are no locks. Requests are served by a goroutine of the NATS client. The store
// is read by one goroutine for each node with something missing, and by one 45 s after the start,
// because that can take a while. [Link.Close] ends them all.
package cluster
