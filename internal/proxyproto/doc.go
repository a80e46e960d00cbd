// Package proxyproto learns from a TCP load balancer whom it brings.
//
// Behind a balancer all connections come from the balancer's own address. So that
// the house still knows people's, the balancer writes a PROXY protocol header, of
// version 1 or 2, before the first byte of each connection. The listener of [NewListener] stands
// between the network and package gate: what it accepts has the address of the
// client, for limits, bans, logs and names alike.
//
//	behind := proxy.NewListener(l, networks, &dropped, logger)
//	err := server.Serve(g.Listener(behind, refuse))
//
// Only connections from the given networks have a header, and must have one. It is
// known by where a connection comes from, never guessed from what it sends: bytes
// from elsewhere that look like a header are what a client sent, and nothing else.
// Whoever is in those networks can say to be anybody, so they should hold
// balancers alone. A header without a client, as health checks have it (LOCAL in
// version 2, UNKNOWN in version 1), makes a connection the balancer's own. A header of
// version 1 must come in one piece, as balancers send it.
//
// # What it protects
//
// Nobody waits for a header but the one who is to send it: each is read on a
// goroutine of its own, for three seconds at most. At most 64 connections are
// without a header at a time; a newcomer takes the place of the oldest, so
// connections that say nothing lock nobody out. They end with the listener, and so does
// the goroutine that accepts.
package proxyproto
