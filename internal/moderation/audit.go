package moderation

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/sanitize"
)

const (
	// MaxAuditEntries is how many acts of operators are kept.
	MaxAuditEntries = 5000

	// MaxOwnerEntries is how many acts of rooms' owners are kept besides those, and
	// MaxEntriesPerOwner how many of them are one person's. One more drops that person's
	// oldest, or the oldest of the person who has the most.
	MaxOwnerEntries    = 1000
	MaxEntriesPerOwner = 50
)

// An AuditEntry is an act of an operator, or of the owner of a room.
type AuditEntry struct {
	Number      uint64    `json:"n"` // in the order in which things were done
	Time        time.Time `json:"time"`
	By          string    `json:"by"`
	Fingerprint string    `json:"key"`
	Action      string    `json:"what"` // the command
	Target      string    `json:"whom,omitempty"`
	Detail      string    `json:"detail,omitempty"`
	ByOwner     bool      `json:"owner,omitempty"` // by somebody who owns a room and is no operator
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

// Summary returns what was done, and to whom.
func (e *AuditEntry) Summary() string {
	words := slices.DeleteFunc([]string{e.Action, e.Target, e.Detail}, func(s string) bool { return s == "" })
	return strings.Join(words, " ")
}

// An AuditLog has the acts that are kept, the oldest first. Operators' and owners' are apart, so that
// no owner can have forgotten what an operator did.
type AuditLog struct {
	table     records.Table[AuditEntry] // by number
	operators []*AuditEntry
	owners    []*AuditEntry
	last      uint64 // the highest number that was given out
}

func (l *AuditLog) init() {
	l.table = records.Table[AuditEntry]{Name: "audit", Partition: records.Authority, Sanitize: (*AuditEntry).sanitize, Index: l.index}
}

// Register registers the table of the log.
func (l *AuditLog) Register(r *records.Registry) { r.Register(&l.table) }

// Operators returns the acts of operators, the oldest first. They must not be changed.
func (l *AuditLog) Operators() []*AuditEntry { return l.operators }

// Owners returns the acts of rooms' owners, the oldest first. They must not be changed.
func (l *AuditLog) Owners() []*AuditEntry { return l.owners }

// Add gives an act its number and time, and keeps it. Shared says that other nodes add acts,
// too. PersonOf returns whose key a fingerprint is.
func (l *AuditLog) Add(e AuditEntry, shared bool, personOf func(fingerprint string) string) AuditEntry {
	e.Number, e.Time = l.nextNumber(shared), time.Now()
	l.table.Put(e.key(), &e)
	for old := l.excess(personOf); old != nil; old = l.excess(personOf) {
		l.table.Delete(old.key())
	}
	return e
}

// nextNumber returns the number of an act. Nodes that share a store take the time, so that
// they give out different ones.
func (l *AuditLog) nextNumber(shared bool) uint64 {
	l.last++
	if shared {
		l.last = max(l.last, uint64(time.Now().UnixNano()))
	}
	return l.last
}

// listFor returns the list that an act belongs in.
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

// excess returns an act that is one too many, or nil.
func (l *AuditLog) excess(personOf func(fingerprint string) string) *AuditEntry {
	if len(l.operators) > MaxAuditEntries {
		return l.operators[0]
	}
	counts := map[string]int{}
	most := ""
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
