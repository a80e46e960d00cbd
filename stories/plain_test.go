package stories

import (
	"bufio"
	"io"
	"net"
	"strings"
	"time"
)

// nc lets somebody in at a plain TCP door, who then takes a name.
func (h *house) nc(name string) *client {
	h.t.Helper()
	c := h.ncAt("classic")
	c.sees("已上线")
	c.types("rename|" + name)
	c.sees("您已更改用户名为:" + name)
	return c
}

// ncAt connects nc to a door.
func (h *house) ncAt(door string) *client {
	h.t.Helper()
	need(h.t, "nc")
	host, port := h.at(door)
	return launch(h.t, "nc", host, port)
}

// tells has somebody say megabytes of lines, hear them, and leave: the plain door takes
// them for less than an ssh.
func (h *house) tells(lines string) {
	h.t.Helper()
	const end = "that was all"
	conn, err := net.Dial("tcp", h.addrs["classic"])
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * patience))
	go func() { _, _ = io.WriteString(conn, lines+end+"\n") }()
	in := bufio.NewScanner(conn)
	for in.Scan() && !strings.HasSuffix(in.Text(), ":"+end) {
	}
	if in.Err() != nil {
		h.t.Fatal(in.Err())
	}
	conn.Close()
	h.until("disconnected", "addr", conn.LocalAddr().String())
}

// menu lets somebody in with the menu client, who takes a name and then is in
// public chat.
func (h *house) menu(name string) *client {
	h.t.Helper()
	c := launch(h.t, program("menu"), "-ip", host, "-port", h.port("classic"))
	c.sees("public chat")
	c.types("3")
	c.sees("What would you like to be called?")
	c.types(name)
	c.sees("您已更改用户名为:" + name)
	c.types("1")
	c.sees("Everyone sees each line")
	return c
}
