package e2e

import (
	"bufio"
	"io"
	"net"
	"strings"
	"time"

	"teahouse/internal/testkit"
)

// nc connects to a plain TCP door and takes a name.
func (cs *chatServer) nc(name string) *client {
	cs.t.Helper()
	c := cs.ncTo("classic")
	c.expect("已上线")
	c.sendLines("rename|" + name)
	c.expect("您已更改用户名为:" + name)
	return c
}

// ncTo connects nc to a door.
func (cs *chatServer) ncTo(door string) *client {
	cs.t.Helper()
	requirePrograms(cs.t, "nc")
	host, port := cs.doorAddr(door)
	return launch(cs.t, "nc", host, port)
}

// sendBulk says megabytes of lines, reads them, and leaves: a plain door needs less for that than
// ssh.
func (cs *chatServer) sendBulk(lines string) {
	cs.t.Helper()
	const end = "that was all"
	conn, err := net.Dial("tcp", cs.addrs["classic"])
	if err != nil {
		cs.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * waitTimeout))
	go func() { _, _ = io.WriteString(conn, lines+end+"\n") }()
	in := bufio.NewScanner(conn)
	for in.Scan() && !strings.HasSuffix(in.Text(), ":"+end) {
	}
	if in.Err() != nil {
		cs.t.Fatal(in.Err())
	}
	conn.Close()
	cs.waitLog("disconnected", "addr", conn.LocalAddr().String())
}

// menu connects with the menu client, takes a name, and enters public chat.
func (cs *chatServer) menu(name string) *client {
	cs.t.Helper()
	c := launch(cs.t, program("menu"), "-ip", sshHost, "-port", cs.port("classic"))
	c.expect(testkit.English("menu-main-menu"))
	c.sendLines("3")
	c.expect(testkit.English("menu-new-name-prompt"))
	c.sendLines(name)
	c.expect("您已更改用户名为:" + name)
	c.sendLines("1")
	c.expect(testkit.English("menu-public-chat"))
	return c
}
