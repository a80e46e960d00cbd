package door

import "net"

// Admit tells whoever let a connection through to the door that its client is in:
// until then it is a newcomer, which may have to make room for others. Every door
// calls it for each client, as soon as nothing more is asked of that one. A
// connection of which nobody keeps count is left alone.
func Admit(conn net.Conn) {
	if newcomer, ok := conn.(interface{ Admitted() }); ok {
		newcomer.Admitted()
	}
}
