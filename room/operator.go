package room

import (
	"teahouse/internal/onetimecode"
	"teahouse/internal/reply"
)

// IsOperator reports whether a key belongs to an operator.
func (h *Hub) IsOperator(fingerprint string) bool {
	st := h.Lock()
	defer st.Unlock()
	return st.Moderation.IsOperator(st.Keys.PersonOf(fingerprint))
}

func (s *Session) IsOperator() bool {
	st := s.hub.Lock()
	defer st.Unlock()
	return st.Moderation.IsOperator(s.Person)
}

// NewOperatorCode returns a code for /op that makes the first user who enters it an operator, as
// long as there is none. It returns "" if there is one. Earlier codes become invalid.
func (h *Hub) NewOperatorCode() (code string) {
	st := h.Lock()
	defer st.Unlock()
	if code = onetimecode.New(); !st.Moderation.OfferOperatorCode(code) {
		return ""
	}
	return onetimecode.Format(code)
}

// AlertOperators tells something to the operators who are online. It does not wait; operators whose
// mailbox is full are not told.
func (h *Hub) AlertOperators(p reply.Code, args ...any) {
	st := h.Lock()
	defer st.Unlock()
	st.alertOperators(reply.Say(p, args...))
}

// alertOperators tells something to the operators who are online, and returns their sessions.
func (st *State) alertOperators(s reply.Sentence) (told []*Session) {
	for u := range st.Sessions {
		if !u.OneShot && st.Moderation.IsOperator(u.Person) {
			u.Post(NewNotice(s.Code, s.Args...))
			told = append(told, u)
		}
	}
	return told
}
