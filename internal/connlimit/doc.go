// Package connlimit decides who may knock at the doors, before anything is known of
// them but their address.
//
// A [Limiter] has places: so many in all, so many for one address and the networks around
// it, so many for those who have no session. One Limiter is shared by all doors, so its limits hold
// for the house and not for each door. A door listens through [Limiter.Listener]:
//
//	g := gate.New(gate.Limits{Address: 20, Connects: 60, Handshakes: 100, Total: 2000, Input: 65536})
//	err := server.Serve(g.Listener(l, true, refuse))
//
// What Accept returns there is a [*Conn], which has a place until it is closed.
// The door calls [transport.SessionStarted] once its client has a session, and [transport.SessionEnded] when it
// has none any more. Whoever gets no place is told why, with a [room.Refusal], and never
// reaches the door.
//
// A full house still has a few places: for this machine, and for operators. Who may be one
// has such a place until the door knows, and asks by [transport.CheckReserved].
//
// What a Conn reads is paid for, byte by byte, by the connection and by its address: who
// sends too fast is read slowly, and TCP holds it back.
//
// # What it protects
//
// The house's memory, its file descriptors and the work of its handshakes: one
// address cannot take them all. A crowd that connects and then says nothing
// locks nobody out, because a newcomer takes the place of one that has no session: of the
// oldest from where most of these are.
// Nothing that a stranger does makes the Limiter wait, spin, or remember more than
// 65,536 addresses: those who are refused are told by goroutines that are few, 64
// for each listener, and end within two seconds, or with the listener.
//
// # What it does not
//
// Many addresses together can fill the house, or hurry others out of their
// handshakes: whoever brings more newcomers a second than there are Handshakes
// leaves the others no second to come in. That is for a firewall to stop. Whoever
// has many networks of its own is many addresses here; when there are too many
// to remember, all the unknown ones share what one of them may do. Behind a
// translator of addresses, or a proxy that does not tell whom it brings (package
// proxy is for those that do), everybody comes from one address: lift Address and
// Connects there. And what people do once they are in is none of its business.
package connlimit
