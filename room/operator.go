package room

import (
	"errors"
	"strconv"
	"time"

	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// IsOperator reports whether a key belongs to an operator.
func (h *Hub) IsOperator(fingerprint string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.moderation.IsOperator(h.keys.PersonOf(fingerprint))
}

func (s *Session) isOperator() bool {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.hub.moderation.IsOperator(s.Person)
}

// NewOperatorCode returns a code for /op that makes the first user who enters it an operator, as
// long as there is none. It returns "" if there is one. Earlier codes become invalid.
func (h *Hub) NewOperatorCode() (code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if code = newCode(); !h.moderation.OfferOperatorCode(code) {
		return ""
	}
	return formatCode(code)
}

// op implements /op NAME and /op CODE.
func (s *Session) op(whom string) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	first, err := s.redeemOperatorCodeLocked(whom)
	person, name := s.Person, s.User().Name
	if !first && err == nil {
		person, name, err = s.makeOperatorLocked(whom)
	}
	u := h.online.byPerson[person]
	h.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case first:
		s.audit("op", name+" ("+person+")", "by the code in the log")
		return NewNotice(reply.YouAreOperator), nil
	}
	s.audit("op", name+" ("+person+")", "")
	if u != nil {
		if to := h.recipientOf(u); to != nil && to != s {
			to.post(NewNotice(reply.YouAreOperator))
		}
	}
	return NewNotice(reply.MadeOperator, name), nil
}

// makeOperatorLocked makes the person with a name an operator, if s is one.
func (s *Session) makeOperatorLocked(whom string) (person, name string, err error) {
	h := s.hub
	person, name = h.resolvePersonLocked(whom)
	switch {
	case person == "" && codePattern.MatchString(whom):
		return "", "", reply.Refuse(reply.NoOpCode)
	case !h.moderation.IsOperator(s.Person):
		return "", "", reply.Refuse(reply.OperatorsOnly)
	case person == "":
		return "", "", reply.Refuse(reply.NoKeyKnown, text.Clean(whom))
	case !h.moderation.Appoint(person, moderation.Grant{Name: name, By: s.User().Name, Since: time.Now()}):
		return "", "", reply.Refuse(reply.TooManyPenalties, moderation.MaxOperators)
	}
	return person, name, nil
}

// redeemOperatorCodeLocked makes s the first operator, with the code from the log. It returns false
// if the code is a different one.
func (s *Session) redeemOperatorCodeLocked(code string) (bool, error) {
	h := s.hub
	switch {
	case !h.moderation.IsOperatorCode(normalizeCode(code)):
		return false, nil
	case s.Person == "":
		return false, reply.Refuse(reply.NeedKey)
	}
	h.moderation.RedeemOperatorCode(s.Person, moderation.Grant{Name: s.User().Name, By: "the code in the log", Since: time.Now()})
	return true, nil
}

// deop implements /deop. The last operator cannot be removed, because nobody could appoint another.
func (s *Session) deop(whom string) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	person, name, err := s.deopLocked(whom)
	u, still := h.online.byPerson[person], h.moderation.IsOperator(person)
	h.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s.audit("deop", name+" ("+person+")", "")
	if still {
		return NewNotice(reply.OperatorStill, name), nil
	}
	if u != nil {
		if to := h.recipientOf(u); to != nil && to != s {
			to.post(NewNotice(reply.NotOperatorNow))
		}
	}
	return NewNotice(reply.OperatorNoMore, name), nil
}

func (s *Session) deopLocked(whom string) (person, name string, err error) {
	h := s.hub
	person, name = h.findOperatorLocked(whom)
	switch {
	case !h.moderation.IsOperator(s.Person): // another operator has just removed s
		err = reply.Refuse(reply.OperatorsOnly)
	case !h.moderation.IsAppointed(person) && h.moderation.IsOperator(person):
		err = reply.Refuse(reply.OperatorByFile, name)
	case !h.moderation.IsAppointed(person):
		err = reply.Refuse(reply.IsNoOperator, text.Clean(whom))
	case person == s.Person && h.moderation.IsLastOperator(person):
		err = reply.Refuse(reply.LastOperator, name)
	default:
		h.moderation.Dismiss(person)
	}
	return person, name, err
}

// findOperatorLocked returns the person meant by the name of an operator: the person who has or
// owns the name; otherwise the last operator appointed under that name, or with that key.
func (h *Hub) findOperatorLocked(whom string) (person, name string) {
	person, name = h.resolvePersonLocked(whom)
	if h.moderation.IsOperator(person) {
		return person, name
	}
	if key, called := h.moderation.FindAppointed(func(person, name string) bool {
		return person == whom || names.Key(name) == names.Key(whom)
	}); key != "" {
		return key, called
	}
	return person, name
}

// kick implements /kick.
func (s *Session) kick(args []string) (Reply, error) {
	u := s.findUser(args[0])
	switch {
	case u == nil:
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(args[0]))
	case u == s.user || u.person() != "" && u.person() == s.Person:
		return nil, reply.Refuse(reply.CannotKickSelf)
	}
	reason := ""
	if len(args) > 1 {
		reason = cleanReason(args[1])
	}
	farewell, why := reply.GoodbyeKicked, []any(nil)
	if reason != "" {
		farewell, why = reply.GoodbyeKickedReason, []any{reason}
	}
	h := s.hub
	h.mu.Lock()
	name := u.info.Load().Name
	var elsewhere []*Session
	for _, other := range append(h.followersLocked(u), u.sessions...) {
		if other.peer != nil {
			elsewhere = append(elsewhere, other)
			continue
		}
		other.leaveLocked(Kicked, farewell, why...)
	}
	h.mu.Unlock()
	s.hub.wakeForJoinLeave()
	s.audit("kick", name, reason)
	for _, other := range elsewhere {
		if err := other.peer.remote.Disconnect(other.id, Kicked, farewell, why); errors.Is(err, ErrUnreachable) {
			return nil, reply.Refuse(reply.KickUnconfirmed, name)
		}
	}
	return NewNotice(reply.KickedNow, name), nil
}

// AlertOperators tells something to the operators who are online. It does not wait; operators whose
// mailbox is full are not told.
func (h *Hub) AlertOperators(p reply.Code, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alertOperatorsLocked(reply.Say(p, args...))
}

// alertOperatorsLocked tells something to the operators who are online, and returns their sessions.
func (h *Hub) alertOperatorsLocked(s reply.Sentence) (told []*Session) {
	for u := range h.sessions {
		if !u.oneShot && h.moderation.IsOperator(u.Person) {
			u.post(NewNotice(s.Code, s.Args...))
			told = append(told, u)
		}
	}
	return told
}

// parseNumber parses a number between least and most. For "" it returns otherwise.
func parseNumber(s string, otherwise, least, most int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, reply.Refuse(reply.InvalidNumber, least, most)
	}
	return n, nil
}
