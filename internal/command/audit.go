package command

import "teahouse/internal/moderation"

// Audit records what s did as an operator. The caller must not hold a lock.
func (s *Runner) Audit(what, whom, detail string) {
	s.Hub().RecordAudit(s.newAuditEntry(what, whom, detail))
}

// AuditOwner records what s did as the owner of a room, or as an operator if s is one. The caller
// must not hold a lock.
func (s *Runner) AuditOwner(what, whom, detail string) {
	a := s.newAuditEntry(what, whom, detail)
	a.ByOwner = !s.IsOperator()
	s.Hub().RecordAudit(a)
}

func (s *Runner) newAuditEntry(what, whom, detail string) moderation.AuditEntry {
	return moderation.AuditEntry{By: s.UserInfo().Name, Fingerprint: s.Client.Fingerprint, Action: what, Target: whom, Detail: detail}
}
