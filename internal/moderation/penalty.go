package moderation

import (
	"fmt"
	"net/netip"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/sanitize"
)

// MaxReasonBytes limits an operator's reason.
const MaxReasonBytes = 300

// A Penalty is a ban or a mute.
type Penalty struct {
	Target string    `json:"target"`         // a subject, or a network
	Name   string    `json:"name,omitempty"` // the person's name, if the penalty was given by name
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero means permanent
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

// outlasts reports whether p ends after a given time, of which zero means never.
func (p *Penalty) outlasts(until time.Time) bool {
	return !until.IsZero() && (p.Until.IsZero() || p.Until.After(until))
}

// Label returns the target of a penalty as operators read it.
func (p *Penalty) Label() string {
	if p.Name == "" {
		return p.Target
	}
	return p.Name + " (" + p.Target + ")"
}

// IsNetwork reports whether a target is a network.
func IsNetwork(target string) bool {
	_, err := netip.ParsePrefix(target)
	return err == nil
}
