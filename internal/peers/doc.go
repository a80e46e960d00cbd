// Package peers turns people at other nodes into users of a hub, and tells other nodes who is here.
//
// Several server processes, called nodes, can form one chat. This package knows what a node must be
// told and what follows from that; how it travels is the business of package cluster.
//
// # What other nodes learn about this one
//
// A [Feed] has the events in all rooms, as a [room.Subscription], and the sessions that have begun,
// changed or ended, each as a [Session]. It also serves the other nodes' requests for one of the
// sessions here: a private message, a command for a bot, a disconnection.
//
// # What this node learns about others
//
// A [Set] holds the hub's peers, which are the other nodes, each as a [Peer]. [Peer.Receive] appends
// what was said there to the rooms here, once, in whatever order it arrives and however often.
// [Peer.UpdateSessions] makes sessions there sessions of the hub. People at a peer are then users
// like others, whom one can see, message and kick; only their readers and writers run over there,
// and the hub reaches them through a [room.Remote].
//
//	feed.go      what other nodes learn about this one
//	session.go   a session, as nodes describe it to each other
//	peer.go      the peers, and the sessions there
//	received.go  the events from there, each of them once
//
// # Who decides
//
// Each node decides for its own sessions, and what its own users are called. If two nodes give out
// the same name at the same time, all nodes reach the same verdict about who keeps it, since the
// rules only use what all of them know; see [room.Naming]. The node of the other user renames them;
// until that is known here, they have another name here.
package peers
