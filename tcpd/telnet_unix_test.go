//go:build unix

package tcpd

import (
	"syscall"
	"testing"

	"teahouse/room"
)

// A telnet client may send a command's second byte as urgent data (RFC 854, Synch). It is removed
// like any other, without losing part of the line.
func TestSynch(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t, room.New(room.Config{}), "classic")
	a := join(t, "A", serve(t, server), server.Dialect)
	a.send("hel\xff\xf4\xff")
	raw, err := a.conn.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = syscall.Sendto(int(fd), []byte{0xF2}, syscall.MSG_OOB, nil) }); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	a.send("lo\n")
	a.expect(a.chatLine("hello"))
}
