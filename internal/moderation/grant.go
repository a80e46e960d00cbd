package moderation

import (
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/sanitize"
)

// A Grant says that somebody was given something: the operator role, access to a server that is not
// open to everybody, or a code for either.
type Grant struct {
	Name  string          `json:"name,omitempty"`
	By    string          `json:"by"`
	Key   ids.Fingerprint `json:"key,omitempty"` // the fingerprint of the operator who created a code
	Since time.Time       `json:"since"`
	Until time.Time       `json:"until,omitzero"` // when a code expires
}

func (g *Grant) sanitize(_ string, now time.Time) error {
	g.Name, g.By, g.Key, g.Since = names.Sanitize(g.Name), names.Sanitize(g.By), sanitize.Key(g.Key), sanitize.Time(g.Since, now)
	return nil
}

func grantTable[K ~string](name string) records.Table[K, Grant] {
	return records.Table[K, Grant]{Name: name, Partition: records.Authority, Sanitize: (*Grant).sanitize}
}
