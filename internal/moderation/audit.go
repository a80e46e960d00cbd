package moderation

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/sanitize"
)

const (
	// MaxAuditEntries is how many acts of operators are kept.
	MaxAuditEntries = 5000

	// MaxOwnerEntries is how many acts of room owners are kept besides those, and
	// MaxEntriesPerOwner how many of them for one person. One more drops that person's oldest act,
	// or the oldest act of the person with the most.
	MaxOwnerEntries    = 1000
	MaxEntriesPerOwner = 50
)

// An AuditEntry is an act of an operator, or of a room's owner.
type AuditEntry struct {
	Number      uint64          `json:"n"` // in the order of the acts
	Time        time.Time       `json:"time"`
	By          string          `json:"by"`
	Fingerprint ids.Fingerprint `json:"key"`
	Action      string          `json:"what"` // the command
	Target      string          `json:"whom,omitempty"`
	Detail      string          `json:"detail,omitempty"`
	ByOwner     bool            `json:"owner,omitempty"` // the actor owns the room and is not an operator
}

func (e *AuditEntry) key() string { return strconv.FormatUint(e.Number, 10) }

func (e *AuditEntry) sanitize(key string, now time.Time) error {
	e.Time, e.By, e.Fingerprint = sanitize.Time(e.Time, now), names.Sanitize(e.By), sanitize.Key(e.Fingerprint)
	e.Action, e.Target, e.Detail = sanitize.Key(e.Action), sanitize.Text(e.Target, MaxReasonBytes), sanitize.Text(e.Detail, MaxMotdBytes)
	if e.key() != key || sanitize.IsTooLate(time.Unix(0, int64(min(e.Number, math.MaxInt64)))) { // see nextNumber
		return fmt.Errorf("it is number %d", e.Number)
	}
	return nil
}

// Summary returns the action and its target.
func (e *AuditEntry) Summary() string {
	words := slices.DeleteFunc([]string{e.Action, e.Target, e.Detail}, func(s string) bool { return s == "" })
	return strings.Join(words, " ")
}

// An AuditLog holds the acts that are kept, oldest first. Operators and owners have separate lists,
// so that no owner can push out what an operator did.
type AuditLog struct {
	table     records.Table[string, AuditEntry] // by number
	operators []*AuditEntry
	owners    []*AuditEntry
	last      uint64 // the highest number that was used
}

func (l *AuditLog) init() {
	l.table = records.Table[string, AuditEntry]{Name: "audit", Partition: records.Authority, Sanitize: (*AuditEntry).sanitize, Index: l.index}
}

// Register registers the table of the log.
func (l *AuditLog) Register(r *records.Registry) { r.Register(&l.table) }

// Operators returns the acts of operators, oldest first. The caller must not change them.
func (l *AuditLog) Operators() []*AuditEntry { return l.operators }

// Owners returns the acts of room owners, oldest first. The caller must not change them.
func (l *AuditLog) Owners() []*AuditEntry { return l.owners }

// Add gives an act its number and time, and keeps it. Shared says that other nodes add acts too.
// PersonOf returns the person of a key.
func (l *AuditLog) Add(e AuditEntry, shared bool, personOf func(ids.Fingerprint) ids.Account) AuditEntry {
	e.Number, e.Time = l.nextNumber(shared), time.Now()
	l.table.Put(e.key(), &e)
	for old := l.excess(personOf); old != nil; old = l.excess(personOf) {
		l.table.Delete(old.key())
	}
	return e
}

// nextNumber returns the number of a new act. Nodes that share a store use the time, so that their
// numbers differ.
func (l *AuditLog) nextNumber(shared bool) uint64 {
	l.last++
	if shared {
		l.last = max(l.last, uint64(time.Now().UnixNano()))
	}
	return l.last
}

// listFor returns the list to which an act belongs.
func (l *AuditLog) listFor(e *AuditEntry) *[]*AuditEntry {
	if e.ByOwner {
		return &l.owners
	}
	return &l.operators
}

// index keeps the lists in step with the table.
func (l *AuditLog) index(_ string, before, after *AuditEntry) {
	if before != nil {
		list := l.listFor(before)
		*list = slices.DeleteFunc(*list, func(e *AuditEntry) bool { return e == before })
	}
	if after == nil {
		return
	}
	list := l.listFor(after)
	at, _ := slices.BinarySearchFunc(*list, after, func(x, y *AuditEntry) int { return cmp.Compare(x.Number, y.Number) })
	*list = slices.Insert(*list, at, after)
	l.last = max(l.last, after.Number)
}

// excess returns an act to drop because there are too many, or nil.
func (l *AuditLog) excess(personOf func(ids.Fingerprint) ids.Account) *AuditEntry {
	if len(l.operators) > MaxAuditEntries {
		return l.operators[0]
	}
	counts := map[ids.Account]int{}
	most := ids.Account("")
	for _, e := range l.owners {
		p := personOf(e.Fingerprint)
		if counts[p]++; counts[p] > counts[most] {
			most = p
		}
	}
	if counts[most] <= MaxEntriesPerOwner && len(l.owners) <= MaxOwnerEntries {
		return nil
	}
	return l.owners[slices.IndexFunc(l.owners, func(e *AuditEntry) bool { return personOf(e.Fingerprint) == most })]
}
