package room

import (
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/records"
)

// A Config is what a hub needs from outside: its stores, its limits, and answers that others give.
// The zero Config stores nothing, remembers nothing, limits nothing, and knows no operators until
// somebody takes a code of [Hub.NewOperatorCode].
//
// The functions may be called from several goroutines at once. Those that return something may be
// called with the hub's lock held: they must not wait, and must not call the hub. Those that report
// something are called without a lock.
type Config struct {
	// Messages stores what is said, and private messages for people who are away. Nil stores
	// nothing.
	Messages MessageStore
	// HistoryLimits limits how much of what is said the rooms remember. The zero value remembers
	// nothing.
	HistoryLimits HistoryLimits
	// Records stores everything else that outlasts the process. Its Write is called with the hub's
	// lock held. Nil stores nothing.
	Records records.Store
	// Policy is in force until [Hub.SetPolicy] is called.
	Policy Policy
	// Redirect is where people are sent when the server stops. The zero value is nowhere.
	Redirect Redirect

	// IsOperatorKey reports whether the key with this fingerprint belongs to an operator, in
	// addition to the operators that other operators appointed. Nil means that none does.
	IsOperatorKey func(fingerprint ids.Fingerprint) bool
	// CountOperatorKeys returns the number of keys for which IsOperatorKey returns true. Nil means
	// that there are none.
	CountOperatorKeys func() int
	// IsAllowedKey reports whether the key with this fingerprint may enter even if Policy.InviteOnly
	// is set. Nil means that none may.
	IsAllowedKey func(fingerprint ids.Fingerprint) bool
	// PeerNameAge returns the longest [Policy].NameAge of the other nodes that share the store, 0
	// for ever; the longer time counts. Nil means that there are no other nodes.
	PeerNameAge func() time.Duration

	// OnOrphaned is called when [Hub.ApplyRemote] has removed the last operator, on the goroutine
	// that called it. Nil does nothing.
	OnOrphaned func()
	// OnAudit is called with each act of an operator, on the goroutine of that operator's session:
	// a slow log delays nobody else. Nil does nothing.
	OnAudit func(moderation.AuditEntry)
}
