package room

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/records"
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

// An auditLog has the acts that are kept, the oldest first. Operators' and owners' are apart, so that
// no owner can have forgotten what an operator did.
type auditLog struct {
	records.Table[AuditEntry] // by a number that grows
	operators                 []*AuditEntry
	owners                    []*AuditEntry
	last                      uint64 // the highest number that was given out
}

// listFor returns the list that an act belongs in.
func (l *auditLog) listFor(a *AuditEntry) *[]*AuditEntry {
	if a.ByOwner {
		return &l.owners
	}
	return &l.operators
}

// index keeps the lists in step with the table.
func (l *auditLog) index(_ string, before, after *AuditEntry) {
	if before != nil {
		list := l.listFor(before)
		*list = slices.DeleteFunc(*list, func(a *AuditEntry) bool { return a == before })
	}
	if after == nil {
		return
	}
	list := l.listFor(after)
	at, _ := slices.BinarySearchFunc(*list, after, func(x, y *AuditEntry) int { return cmp.Compare(x.Number, y.Number) })
	*list = slices.Insert(*list, at, after)
	l.last = max(l.last, after.Number)
}

// nextNumber returns the number of an act. Nodes that share a store take the time, so that
// they give out different ones.
func (l *auditLog) nextNumber(shared bool) uint64 {
	l.last++
	if shared {
		l.last = max(l.last, uint64(time.Now().UnixNano()))
	}
	return l.last
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
	a.Number, a.Time = h.auditLog.nextNumber(h.nodeBits != 0), time.Now()
	h.auditLog.Put(auditKey(a.Number), &a)
	for old := h.auditLog.excess(h.personLocked); old != nil; old = h.auditLog.excess(h.personLocked) {
		h.auditLog.Delete(auditKey(old.Number))
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
