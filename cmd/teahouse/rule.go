package main

import (
	"context"

	"teahouse/gate"
	"teahouse/room"
)

// rule has the house know who may do what: its operators, and whom it lets in.
// The files of keys are read again when they change, until ctx is done.
func (h *house) rule(ctx context.Context, c config) error {
	h.Elsewhere = c.Advertise.Elsewhere
	h.govern(c)
	return h.readKeys(ctx, c)
}

// appoint gives the house what it asks, and tells, of its operators. Nobody is there yet,
// and no other node is heard.
func (h *house) appoint() {
	h.Audited = func(a room.Act) {
		h.log.Info("operator", "user", a.By, "key", a.Key, "did", a.What, "whom", a.Whom, "detail", a.Detail)
	}
	h.operators = newKeyFile("--operators", h.log, &h.watching)
	h.operators.changed = h.offer
	h.allowed = newKeyFile("--allow", h.log, &h.watching)
	h.Operator, h.Allowed, h.OperatorKeys = h.operators.has, h.allowed.has, h.operators.len
	h.Orphaned = h.offer
}

// readKeys has the files of keys be in force which the configuration names: both
// or, with an error, neither.
func (h *house) readKeys(ctx context.Context, c config) error {
	useOperators, err := h.operators.read(ctx, c.Operators)
	if err != nil {
		return err
	}
	useAllowed, err := h.allowed.read(ctx, c.Allow)
	if err != nil {
		return err
	}
	useOperators()
	useAllowed()
	return nil
}

// govern puts in force what may change while the house is open, beside the keys.
func (h *house) govern(c config) {
	policy := room.Policy{NameAge: c.NameAge, InviteOnly: c.InviteOnly}
	doors, typed, sessions := gate.Limits{}, 0, 0
	if c.Limits == "on" {
		policy.Limits, doors = c.Limit.room(), c.Limit.gate(openFiles())
		typed, sessions = c.Limit.Typed, sessionsEach*c.Limit.Address
	}
	h.Govern(policy)
	if h.nodes != nil {
		h.nodes.Resemble(c.likeness())
	}
	c.Limit.tellLowered(doors, h.log)
	h.gate.Limit(doors)
	h.bounds.Store(new(c.bounds(doors.Total)))
	h.typed.Store(int64(typed))
	h.sessions.Store(int64(sessions))
	h.log.SetLevel(c.level())
}

// offer logs how to become the first operator, where there is none and one can come
// in: when the house is open, and whenever the last operator is gone.
func (h *house) offer() {
	if !h.offering.Load() {
		return
	}
	h.offers.Lock() // the last code in the log is the one that counts
	defer h.offers.Unlock()
	if code := h.OfferOperator(); code != "" {
		h.log.Warn("there is no operator; come in with a key and type the line", "line", "/op "+code)
	}
}
