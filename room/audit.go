package room

import (
	"teahouse/internal/moderation"
)

// Audit records what s did as an operator. The caller must not hold a lock.
func (s *Session) Audit(what, whom, detail string) {
	s.hub.recordAudit(s.newAuditEntry(what, whom, detail))
}

// AuditOwner records what s did as the owner of a room, or as an operator if s is one. The caller
// must not hold a lock.
func (s *Session) AuditOwner(what, whom, detail string) {
	a := s.newAuditEntry(what, whom, detail)
	a.ByOwner = !s.IsOperator()
	s.hub.recordAudit(a)
}

func (s *Session) newAuditEntry(what, whom, detail string) moderation.AuditEntry {
	return moderation.AuditEntry{By: s.UserInfo().Name, Fingerprint: s.Client.Fingerprint, Action: what, Target: whom, Detail: detail}
}

// recordAudit adds an act to the audit log, which gives it a number and a time. [Hub.OnAudit] may
// take long; that delays nobody but the operator.
func (h *Hub) recordAudit(e moderation.AuditEntry) {
	st := h.Lock()
	e = st.Moderation.Audit.Add(e, st.nodeBits != 0, st.Keys.PersonOf)
	st.Unlock()
	if h.OnAudit != nil {
		h.OnAudit(e)
	}
}
