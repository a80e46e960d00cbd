package room

import (
	"slices"
	"strings"

	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// defaultAuditLines is how many acts /audit shows unless asked for another number.
const defaultAuditLines = 20

// audit records what s did as an operator. The caller must not hold a lock.
func (s *Session) audit(what, whom, detail string) {
	s.hub.recordAudit(s.newAuditEntry(what, whom, detail))
}

// auditOwner records what s did as the owner of a room, or as an operator if s is one. The caller
// must not hold a lock.
func (s *Session) auditOwner(what, whom, detail string) {
	a := s.newAuditEntry(what, whom, detail)
	a.ByOwner = !s.isOperator()
	s.hub.recordAudit(a)
}

func (s *Session) newAuditEntry(what, whom, detail string) moderation.AuditEntry {
	return moderation.AuditEntry{By: s.User().Name, Fingerprint: s.client.Fingerprint, Action: what, Target: whom, Detail: detail}
}

// recordAudit adds an act to the audit log, which gives it a number and a time. [Hub.OnAudit] may
// take long; that delays nobody but the operator.
func (h *Hub) recordAudit(e moderation.AuditEntry) {
	h.mu.Lock()
	e = h.moderation.Audit.Add(e, h.nodeBits != 0, h.keys.PersonOf)
	h.mu.Unlock()
	if h.OnAudit != nil {
		h.OnAudit(e)
	}
}

// An AuditReply lists acts of operators, or of room owners, oldest first.
type AuditReply struct {
	replied
	Owners  bool
	Entries []*moderation.AuditEntry
}

// Sentences is part of [TextReply].
func (r *AuditReply) Sentences() (lines []reply.Sentence) {
	switch {
	case len(r.Entries) == 0 && r.Owners:
		return []reply.Sentence{reply.Say(reply.NoOwnerEntries)}
	case len(r.Entries) == 0:
		return []reply.Sentence{reply.Say(reply.NoAuditEntries)}
	}
	for _, e := range r.Entries {
		lines = append(lines, reply.Say(reply.AuditLine, reply.Moment(e.Time), e.By, e.Summary()))
	}
	return lines
}

func (r *AuditReply) size() (items int, messages []*Event) { return len(r.Entries), nil }

// listAudit implements /audit and /audit rooms.
func (s *Session) listAudit(args []string) (Reply, error) {
	h := s.hub
	list, owners, typed := (*moderation.AuditLog).Operators, false, strings.Join(args, " ")
	if first, rest := text.CutWord(typed); first == "rooms" {
		list, owners, typed = (*moderation.AuditLog).Owners, true, rest
	}
	most, err := parseNumber(typed, defaultAuditLines, 1, moderation.MaxAuditEntries)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	all := list(&h.moderation.Audit)
	return &AuditReply{Owners: owners, Entries: slices.Clone(all[max(0, len(all)-most):])}, nil
}
