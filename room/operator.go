package room

import (
	"teahouse/internal/ids"
	"teahouse/internal/onetimecode"
	"teahouse/internal/reply"
)

// IsOperator reports whether a key belongs to an operator.
func (h *Hub) IsOperator(fingerprint ids.Fingerprint) bool {
	st := h.Lock()
	defer st.Unlock()
	return st.Moderation.IsOperator(st.Keys.PersonOf(fingerprint))
}

// IsOperator reports whether s is an operator's session.
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
func (h *Hub) AlertOperators(code reply.Code, args ...any) {
	st := h.Lock()
	defer st.Unlock()
	st.alertOperators(reply.Say(code, args...))
}

// alertOperators tells something to the operators who are online, and returns their sessions.
func (st *State) alertOperators(alert reply.Sentence) (told []*Session) {
	for s := range st.Sessions {
		if !s.OneShot && st.Moderation.IsOperator(s.Person) {
			s.Post(NewNotice(alert.Code, alert.Args...))
			told = append(told, s)
		}
	}
	return told
}
