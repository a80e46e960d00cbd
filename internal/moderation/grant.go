package moderation

import (
	"time"

	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/sanitize"
)

// A Grant says that somebody was given something: to be an operator, to come into a server that is not open
// to everybody, a code to come in.
type Grant struct {
	Name  string    `json:"name,omitempty"`
	By    string    `json:"by"`
	Key   string    `json:"key,omitempty"` // the fingerprint of who gave a code
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // of a code
}

func (g *Grant) sanitize(_ string, now time.Time) error {
	g.Name, g.By, g.Key, g.Since = names.Sanitize(g.Name), names.Sanitize(g.By), sanitize.Key(g.Key), sanitize.Time(g.Since, now)
	return nil
}

func grantTable(name string) records.Table[Grant] {
	return records.Table[Grant]{Name: name, Partition: records.Authority, Sanitize: (*Grant).sanitize}
}
