// Package connlimit decides which connections to admit, when nothing is known of a client but its
// address.
//
// A [Limiter] admits a limited number of connections: in all, from one address and the networks
// around it, and without a session. All listeners share one Limiter, so its limits hold for the
// whole server. A server listens through [Limiter.Listener]:
//
//	limiter := connlimit.New(connlimit.Limits{Address: 20, Connects: 60, Handshakes: 100, Total: 2000, Input: 65536})
//	err := server.Serve(limiter.Listener(l, true, refuse))
//
// Accept returns a [*Conn], which is counted until it is closed. The server calls
// [transport.SessionStarted] when the client has a session, and [transport.SessionEnded] when it
// has none any more. A client that is refused is told why, with a [reply.Refusal], and never
// reaches the server.
//
// The limits are in limits.go, what is counted for each address and network in usage.go and
// network.go, the reserve in reserve.go, and what refused clients are told in codes.go.
//
// When all places are taken, a few reserved ones remain, for programs on this machine and for
// operators. A client that might be an operator gets one until the server knows who it is and
// calls [transport.CheckReserved].
//
// Input is charged by the byte, to the connection and to its address. A client that sends too
// fast is read slowly, and TCP slows it down.
//
// # What it protects
//
// The Limiter protects memory, file descriptors and the work of handshakes: no single address can
// use them up. A crowd that connects and stays silent locks nobody out, because a new connection
// replaces one without a session: the oldest from the network that has most of these.
//
// No stranger can make the Limiter block, spin, or remember more than 65,536 addresses. Refusals
// are sent by at most 64 goroutines per listener, which end within two seconds or with the
// listener.
//
// # What it does not protect
//
// Many addresses together can fill the server, or push other clients out during their handshakes:
// someone who opens more than Handshakes connections a second leaves the others no second to
// finish. Stopping that is a firewall's job.
//
// A client with many networks counts as many addresses. When there are too many addresses to
// remember, all the new ones share the allowance of one.
//
// Behind a NAT, or a proxy that sends no header (see package proxyproto), all clients have one
// address: set Address and Connects to 0 there.
//
// What clients do in a session is not this package's business.
package connlimit
