package room

import "teahouse/internal/reply"

// Redirect is where people find the house while this server is stopped: another
// one, or the same after a restart. The zero value is nowhere.
type Redirect struct {
	Address string // for programs: HOST or HOST:PORT
	Host    string // for people
	Command string // what they type to come in
}

// StopRefusal returns what is told to those who are here, or come, as the server stops.
func (h *Hub) StopRefusal() *reply.Refusal {
	if h.Redirect == (Redirect{}) {
		return reply.Refuse(reply.GoodbyeStopping)
	}
	return reply.Refuse(reply.GoodbyeRedirect, h.Redirect.Host, h.Redirect.Command)
}

// farewell returns what a user is told that leaves for a reason: "" is nothing.
func (h *Hub) farewell(reason Reason) (reply.Code, []any) {
	if reason == Stopping {
		r := h.StopRefusal()
		return r.Code, r.Args
	}
	return reason.Code(), nil
}
