package moderation

import (
	"fmt"
	"net/netip"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/sanitize"
)

// MaxReasonBytes is how long an operator's reason may be.
const MaxReasonBytes = 300

// A Penalty is a ban or a mute.
type Penalty struct {
	Target string    `json:"target"`         // a subject, or a network
	Name   string    `json:"name,omitempty"` // whose it was, if it was given by name
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero is for good
}

func (p *Penalty) sanitize(key string, now time.Time) error {
	p.Name, p.By, p.Reason = names.Sanitize(p.Name), names.Sanitize(p.By), sanitize.Text(p.Reason, MaxReasonBytes)
	p.Since = sanitize.Time(p.Since, now)
	if p.Target != key {
		return fmt.Errorf("it is for %.100q", p.Target)
	}
	return nil
}

// IsOver reports whether a penalty has ended.
func (p *Penalty) IsOver(now time.Time) bool { return !p.Until.IsZero() && now.After(p.Until) }

// outlasts reports whether p ends later than at a moment, of which zero is never.
func (p *Penalty) outlasts(until time.Time) bool {
	return !until.IsZero() && (p.Until.IsZero() || p.Until.After(until))
}

// Label returns whom a penalty is for, as operators read it.
func (p *Penalty) Label() string {
	if p.Name == "" {
		return p.Target
	}
	return p.Name + " (" + p.Target + ")"
}

// IsNetwork reports whether a target is one.
func IsNetwork(target string) bool {
	_, err := netip.ParsePrefix(target)
	return err == nil
}
