package room

import "teahouse/internal/reply"

// A Redirect says where people find the chat while this server is stopped: at another server, or at
// the same one after a restart. The zero value means nowhere.
type Redirect struct {
	Address string // for programs: HOST or HOST:PORT
	Host    string // for people
	Command string // what people type to connect
}

// StopRefusal returns what connected and connecting clients are told while the server stops.
func (h *Hub) StopRefusal() *reply.Refusal {
	if h.config.Redirect == (Redirect{}) {
		return reply.Refuse(reply.GoodbyeStopping)
	}
	return reply.Refuse(reply.GoodbyeRedirect, h.config.Redirect.Host, h.config.Redirect.Command)
}

// farewell returns what a user is told who leaves for a reason, or "".
func farewell(h *Hub, reason Reason) (reply.Code, []any) {
	if reason == Stopping {
		r := h.StopRefusal()
		return r.Code, r.Args
	}
	return reason.Code(), nil
}
