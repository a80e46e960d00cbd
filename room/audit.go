package room

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// maxAuditEntries is how many acts of operators are kept.
	maxAuditEntries = 5000

	// maxOwnerEntries is how many acts of rooms' owners are kept beside those, and
	// maxEntriesPerOwner how many of them are one person's. With one more that person's oldest is
	// dropped, or the oldest of the person who has the most.
	maxOwnerEntries    = 1000
	maxEntriesPerOwner = 50

	// defaultAuditLines is how many /audit shows unless asked for another number.
	defaultAuditLines = 20
)

// An AuditEntry is what an operator did, or the owner of a room, as it is kept.
type AuditEntry struct {
	Number      uint64    `json:"n"` // in the order in which things were done
	Time        time.Time `json:"time"`
	By          string    `json:"by"`
	Fingerprint string    `json:"key"`
	Action      string    `json:"what"` // the command
	Target      string    `json:"whom,omitempty"`
	Detail      string    `json:"detail,omitempty"`
	ByOwner     bool      `json:"owner,omitempty"` // by who owns a room and is no operator
}

// auditLog are the acts that are kept, the oldest first. Operators' and owners' are apart, so that
// no owner can have forgotten what an operator did.
type auditLog struct {
	operators []*AuditEntry
	owners    []*AuditEntry
}

// listFor returns the list that an act belongs in.
func (l *auditLog) listFor(a *AuditEntry) *[]*AuditEntry {
	if a.ByOwner {
		return &l.owners
	}
	return &l.operators
}

// put adds an act, or takes the place of the one with the same number.
func (l *auditLog) put(a *AuditEntry) {
	list := l.listFor(a)
	at, found := slices.BinarySearchFunc(*list, a, func(x, y *AuditEntry) int { return cmp.Compare(x.Number, y.Number) })
	if found {
		(*list)[at] = a
		return
	}
	*list = slices.Insert(*list, at, a)
}

// remove drops the act that is written under a key.
func (l *auditLog) remove(key string) {
	for _, list := range []*[]*AuditEntry{&l.operators, &l.owners} {
		*list = slices.DeleteFunc(*list, func(a *AuditEntry) bool { return auditKey(a.Number) == key })
	}
}

// last returns the number of the latest act, 0 where there is none.
func (l *auditLog) last() (n uint64) {
	for _, list := range [][]*AuditEntry{l.operators, l.owners} {
		if len(list) > 0 {
			n = max(n, list[len(list)-1].Number)
		}
	}
	return n
}

// excess returns an act that is one too many, or nil. Person returns whose a key is.
func (l *auditLog) excess(person func(key string) string) *AuditEntry {
	if len(l.operators) > maxAuditEntries {
		return l.operators[0]
	}
	counts := map[string]int{}
	most := ""
	for _, a := range l.owners {
		p := person(a.Fingerprint)
		if counts[p]++; counts[p] > counts[most] {
			most = p
		}
	}
	if counts[most] <= maxEntriesPerOwner && len(l.owners) <= maxOwnerEntries {
		return nil
	}
	return l.owners[slices.IndexFunc(l.owners, func(a *AuditEntry) bool { return person(a.Fingerprint) == most })]
}

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

func (s *Session) newAuditEntry(what, whom, detail string) AuditEntry {
	return AuditEntry{By: s.User().Name, Fingerprint: s.client.Fingerprint, Action: what, Target: whom, Detail: detail}
}

// recordAudit writes down an act, which gets its number and time here. Who is told of it by
// [Hub.OnAudit] may take long, and then holds up nobody but who did it.
func (h *Hub) recordAudit(a AuditEntry) {
	h.mu.Lock()
	a.Number, a.Time = h.nextAuditNumberLocked(), time.Now()
	h.auditLog.put(&a)
	h.writeRecordLocked(tableAudit, auditKey(a.Number), &a)
	for old := h.auditLog.excess(h.personLocked); old != nil; old = h.auditLog.excess(h.personLocked) {
		h.auditLog.remove(auditKey(old.Number))
		h.writeRecordLocked(tableAudit, auditKey(old.Number), nil)
	}
	h.mu.Unlock()
	if h.OnAudit != nil {
		h.OnAudit(a)
	}
}

// summary returns what was done, and to whom.
func (e *AuditEntry) summary() string {
	words := slices.DeleteFunc([]string{e.Action, e.Target, e.Detail}, func(s string) bool { return s == "" })
	return strings.Join(words, " ")
}

func auditKey(n uint64) string { return strconv.FormatUint(n, 10) }

// listAudit does /audit and /audit rooms.
func (s *Session) listAudit(args []string) (Reply, error) {
	h := s.hub
	list, none, typed := &h.auditLog.operators, reply.NoAuditEntries, strings.Join(args, " ")
	if first, rest := text.CutWord(typed); first == "rooms" {
		list, none, typed = &h.auditLog.owners, reply.NoOwnerEntries, rest
	}
	most, err := parseNumber(typed, defaultAuditLines, 1, maxAuditEntries)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []reply.Sentence
	for _, a := range (*list)[max(0, len(*list)-most):] {
		lines = append(lines, reply.Say(reply.AuditLine, reply.Moment(a.Time), a.By, a.summary()))
	}
	if len(lines) == 0 {
		lines = append(lines, reply.Say(none))
	}
	return answer(lines)
}
