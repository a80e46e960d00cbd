package main

import (
	"context"

	"teahouse/keys"
	"teahouse/room"
)

// rule has the house know who may do what: its operators, and whom it lets in.
// The files of keys are read again when they change, until ctx is done.
func (h *house) rule(ctx context.Context, c config) error {
	h.NameAge, h.InviteOnly, h.Elsewhere = c.NameAge, c.InviteOnly, c.Advertise.Elsewhere
	if c.Limits == "on" {
		h.House.Limits, h.typed = c.Limit.room(), c.Limit.Typed
	}
	h.Audited = func(a room.Act) {
		h.log.Info("operator", "user", a.By, "key", a.Key, "did", a.What, "whom", a.Whom, "detail", a.Detail)
	}
	var err error
	if h.operators, err = h.list(ctx, "--operators", c.Operators, h.withdraw); err != nil {
		return err
	}
	allowed, err := h.list(ctx, "--allow", c.Allow, nil)
	if err != nil {
		return err
	}
	h.Operator, h.Allowed = h.operators.Has, allowed.Has
	return nil
}

// list reads a file of keys, and goes on reading it. Changed, which may be nil, is
// called when it has changed. Without a file there are none.
func (h *house) list(ctx context.Context, flag, file string, changed func(*keys.List)) (*keys.List, error) {
	if file == "" {
		return &keys.List{}, nil
	}
	l, err := keys.ReadList(file)
	if err != nil {
		return nil, err
	}
	h.watching.Go(func() {
		l.Watch(ctx, func(err error) {
			if err != nil {
				h.log.Error("a file of keys cannot be read; the keys of before stay", "flag", flag, "err", err)
				return
			}
			h.log.Info("a file of keys was read again", "flag", flag, "keys", l.Len())
			if changed != nil {
				changed(l)
			}
		})
	})
	return l, nil
}

// withdraw makes the code in the log worthless once the file has an operator.
func (h *house) withdraw(operators *keys.List) {
	if operators.Len() > 0 {
		h.WithdrawOffer()
	}
}

// offer logs how to become the first operator, where there is none.
func (h *house) offer() {
	if h.operators.Len() > 0 {
		return
	}
	if code := h.OfferOperator(); code != "" {
		h.log.Warn("there is no operator yet; come in with a key and type the line", "line", "/op "+code)
	}
}
