// Package proxyproto reads the PROXY protocol header, of version 1 or 2, that a TCP load balancer
// writes before the first byte of each connection
// (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt).
//
// Without the header, every connection behind a balancer seems to come from the balancer's own
// address. The listener of [NewListener] stands between the network and package connlimit: the
// connections it accepts have the client's address, for limits, bans and logs alike.
//
//	l = proxyproto.NewListener(l, networks, &dropped, logger)
//	err := server.Serve(limiter.Listener(l, true, refuse))
//
// Only connections from the given networks have a header, and must have one. The source address
// decides, never the bytes: a connection from elsewhere whose first bytes look like a header
// simply sent those bytes. Whoever is in those networks can claim any address, so the networks
// should contain nothing but balancers. A header without a client address, as health checks send
// it (LOCAL in version 2, UNKNOWN in version 1), leaves the connection with the balancer's
// address. A version 1 header must arrive in one piece, as the specification demands.
//
// # What it protects
//
// A client that sends no header delays nobody else. Each header is read on a goroutine of its
// own, for at most three seconds. At most 64 connections wait for their header at a time, and a
// newcomer replaces the oldest, so connections that stay silent lock nobody out. All goroutines
// end when the listener is closed.
package proxyproto
