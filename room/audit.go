package room

import (
	"strings"

	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// defaultAuditLines is how many /audit shows unless asked for another number.
const defaultAuditLines = 20

// audit writes down what s did as an operator. The caller holds no lock.
func (s *Session) audit(what, whom, detail string) {
	s.hub.recordAudit(s.newAuditEntry(what, whom, detail))
}

// auditOwner writes down what s did as the owner of a room, or as an operator where it is
// one. The caller holds no lock.
func (s *Session) auditOwner(what, whom, detail string) {
	a := s.newAuditEntry(what, whom, detail)
	a.ByOwner = !s.isOperator()
	s.hub.recordAudit(a)
}

func (s *Session) newAuditEntry(what, whom, detail string) moderation.AuditEntry {
	return moderation.AuditEntry{By: s.User().Name, Fingerprint: s.client.Fingerprint, Action: what, Target: whom, Detail: detail}
}

// recordAudit writes down an act, which gets its number and time here. Who is told of it by
// [Hub.OnAudit] may take long, and then holds up nobody but who did it.
func (h *Hub) recordAudit(e moderation.AuditEntry) {
	h.mu.Lock()
	e = h.moderation.Audit.Add(e, h.nodeBits != 0, h.keys.PersonOf)
	h.mu.Unlock()
	if h.OnAudit != nil {
		h.OnAudit(e)
	}
}

// listAudit does /audit and /audit rooms.
func (s *Session) listAudit(args []string) (Reply, error) {
	h := s.hub
	list, none, typed := (*moderation.AuditLog).Operators, reply.NoAuditEntries, strings.Join(args, " ")
	if first, rest := text.CutWord(typed); first == "rooms" {
		list, none, typed = (*moderation.AuditLog).Owners, reply.NoOwnerEntries, rest
	}
	most, err := parseNumber(typed, defaultAuditLines, 1, moderation.MaxAuditEntries)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []reply.Sentence
	all := list(&h.moderation.Audit)
	for _, e := range all[max(0, len(all)-most):] {
		lines = append(lines, reply.Say(reply.AuditLine, reply.Moment(e.Time), e.By, e.Summary()))
	}
	if len(lines) == 0 {
		lines = append(lines, reply.Say(none))
	}
	return answer(lines)
}
