package room

// Elsewhere is where people find the house while this server is stopped: another
// one, or the same after a restart. The zero value is nowhere.
type Elsewhere struct {
	Address string // for programs: HOST or HOST:PORT
	Host    string // for people
	Command string // what they type to come in
}

// Stopping returns what is told to those who are here, or come, as the server stops.
func (h *House) Stopping() *Refusal {
	if h.Elsewhere == (Elsewhere{}) {
		return refuse(GoneStopping)
	}
	return refuse(GoneComeBack, h.Elsewhere.Host, h.Elsewhere.Command)
}

// farewell returns what a user is told that leaves for a reason: "" is nothing.
func (h *House) farewell(reason Reason) (Phrase, []any) {
	if reason == Stopping {
		r := h.Stopping()
		return r.Phrase, r.Args
	}
	return reason.Phrase(), nil
}
