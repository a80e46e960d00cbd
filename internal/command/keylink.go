package command

import (
	"cmp"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/room"
)

// createLinkCode gives s a code that the person's other key must enter.
func createLinkCode(s *Runner) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	offers := st.Keys.SweepOffers(s.Person)
	if st.People.IsRevoked(s.Session) {
		return nil, room.Revoked
	}
	if len(st.Keys.Of(s.Person)) >= accounts.MaxKeys {
		return nil, reply.Refuse(reply.TooManyKeys, accounts.MaxKeys)
	}
	if st.People.IsFullFor(s.Person, offers, accounts.MaxLinkOffers) || !st.People.TakeQuota(s.Session, room.LinkCodeQuota(), 1) {
		return nil, reply.Refuse(reply.TryLater)
	}
	code := room.NewCode()
	st.Keys.Offer(code, s.Person)
	return room.NewNotice(reply.KeyLinkCode, room.FormatCode(code), int(accounts.LinkOfferTTL.Minutes())), nil
}

// addKey makes s's key one of the keys of the person who offered the code. Everything that s's
// person owned or was given becomes that person's. The sessions of s's person end; after
// reconnecting they are the other person's.
//
// Unless sure is set, addKey only says whose code it is and what they would get: somebody may have
// talked s into entering a stranger's code.
func addKey(s *Runner, code string, sure bool) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	o, err := findLinkCode(st, s, room.NormalizeCode(code))
	if err == nil && !sure {
		err = confirmLink(st, s, o, room.FormatCode(room.NormalizeCode(code)))
	}
	if err != nil {
		st.Unlock()
		return nil, err
	}
	st.Keys.Accept(room.NormalizeCode(code), s.Person)
	st.Keys.Link(s.Client.Fingerprint, s.Person, o.Person)
	st.People.Merge(s.Person, o.Person)
	st.EndWhere(func(other *room.Session) bool {
		return other.Person == s.Person && (!other.OneShot || other.Following)
	}, room.Quit, reply.KeyAdded)
	st.Unlock()
	if s.OneShot {
		return room.NewNotice(reply.KeyAdded), nil
	}
	return nil, nil
}

// confirmLink returns the question whether s wants to accept an offer.
func confirmLink(st *room.State, s *Runner, o *accounts.LinkOffer, code string) *reply.Refusal {
	whose := o.Person
	if names := st.Names.Join(o.Person); names != "" {
		whose = names + " (" + o.Person + ")"
	}
	ask := reply.ConfirmKeyAdd
	if st.Moderation.IsOperator(s.Person) {
		ask = reply.ConfirmKeyAddOperator
	}
	return reply.Refuse(ask, whose, cmp.Or(st.Names.Join(s.Person), "-"), code)
}

// findLinkCode returns the offer with a code, if s may accept it.
func findLinkCode(st *room.State, s *Runner, code string) (*accounts.LinkOffer, error) {
	o := st.Keys.Offered(code)
	switch {
	case st.People.IsRevoked(s.Session):
		return nil, room.Revoked
	case o == nil:
		return nil, reply.Refuse(reply.WrongCode)
	case o.Person == s.Person:
		return nil, reply.Refuse(reply.KeyIsYours)
	case len(st.Keys.Of(s.Person)) > 1: // the other keys would be left without a person
		return nil, reply.Refuse(reply.KeyHasOthers)
	case len(st.Names.Of(s.Person))+len(st.Names.Of(o.Person)) > accounts.MaxNames:
		return nil, reply.Refuse(reply.KeysHaveNames, accounts.MaxNames, st.Names.Join(s.Person, o.Person))
	case st.People.IsFullFor(s.Person, st.Keys.Len(), accounts.MaxLinkedKeys), !st.People.TakeQuota(s.Session, room.KeyQuota(), 1):
		return nil, reply.Refuse(reply.TooManyKeysFromAddress)
	}
	return o, nil
}
