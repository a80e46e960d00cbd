package stories

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
