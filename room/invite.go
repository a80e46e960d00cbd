package room

import (
	"context"
	"time"

	"teahouse/internal/moderation"
	"teahouse/internal/onetimecode"
	"teahouse/internal/reply"
)

// Redeem uses a code from /invite to let the key of somebody who may not enter yet in for good. The
// audit log says which key came by whose code. The error is a [*reply.Refusal], even if the key is
// let in but that could not be stored, or that of ctx.
func (h *Hub) Redeem(ctx context.Context, ci ClientInfo, code string) error {
	before := h.lastRecord.Load()
	if err := h.RedeemWithoutWaiting(ctx, ci, code); err != nil {
		return err
	}
	if late := waitStored(ctx, h, recordSpan{before, h.lastRecord.Load()}); late != "" {
		return reply.Refuse(late)
	}
	return nil
}

// RedeemWithoutWaiting is [Hub.Redeem] for a command, whose reply waits until what it changed is
// stored.
func (h *Hub) RedeemWithoutWaiting(ctx context.Context, ci ClientInfo, code string) error {
	if err := throttleAddress(ctx, h, &ci, 1); err != nil {
		return err
	}
	st := h.Lock()
	g, err := st.Access.redeem(&ci, onetimecode.Normalize(code))
	st.Unlock()
	if err != nil {
		return err
	}
	h.RecordAudit(moderation.AuditEntry{By: g.By, Fingerprint: g.Key, Action: "invite", Target: string(ci.Fingerprint), Detail: "came in by the code"})
	return nil
}

// redeem uses up a code and returns what was stored about it.
func (a *Access) redeem(ci *ClientInfo, code string) (*moderation.Grant, error) {
	person := a.st.People.identify(ci)
	if person == "" {
		return nil, reply.Refuse(reply.NeedKey)
	}
	now := time.Now()
	g, err := a.st.Moderation.Invitation(code, now)
	if err != nil {
		return nil, reply.Refuse(reply.WrongCode)
	}
	if p := a.st.Moderation.BanOn(person, CountedAddrs(ci.Remote)...); p != nil {
		return nil, moderation.BanRefusal(p)
	}
	if err := a.st.Moderation.Redeem(code, person, now); err != nil {
		return nil, reply.Refuse(reply.TooManyPenalties, moderation.MaxAllowed)
	}
	return g, nil
}
