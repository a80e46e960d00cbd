//go:build !unix

package load

func (c tcpConn) readLoop(pool *scratchPool, handle readHandler) error {
	return readLoop(c.TCPConn, pool, handle)
}
