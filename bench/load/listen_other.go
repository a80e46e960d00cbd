//go:build !unix

package load

func (w tcpWire) listen(desks *desks, take taker) error {
	return listen(w.TCPConn, desks, take)
}
