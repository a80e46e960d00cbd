package baseline

import "net"

// TCP serves plain TCP on l until l is closed or fails, and returns that error. Lines are sent
// with \n, however they ended.
func TCP(l net.Listener, o Options) error {
	h := &hub{format: tcpFormat(o)}
	return h.serve(l, func(conn net.Conn) {
		h.serveClient(newClient(conn, func() { conn.Close() }))
	})
}
