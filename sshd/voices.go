package sshd

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/i18n"
	"teahouse/look"
	"teahouse/room"
)

const (
	// mostStyles is how many styles there are at a time, beside the plain ones: each line
	// is rendered once for each.
	mostStyles = 64

	// mostStylesOfOne is how many of them those may have together who come from one
	// address, so that nobody takes all.
	mostStylesOfOne = 16
)

// voices has one voice for each style that a session has now: sessions of one style
// share their lines.
type voices struct {
	catalogue *i18n.Catalogue

	mu    sync.Mutex
	known map[style]*spoken
}

// spoken is a voice that sessions have.
type spoken struct {
	*voice
	by map[netip.Prefix]int // how many sessions, by where they come from
}

func newVoices() *voices { return &voices{catalogue: i18n.New(), known: map[style]*spoken{}} }

// take returns the voice of a style, for a session that comes from somewhere. Where there
// are too many styles it is one of those, with narrower rows, or the plain one. The
// session gives it back by leave.
func (vs *voices) take(st style, from netip.Prefix) *voice {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if vs.known[st] == nil && st != st.plain() && !vs.mayAddLocked(from) {
		st = vs.nearestLocked(st)
	}
	s := vs.known[st]
	if s == nil {
		s = &spoken{voice: vs.make(st), by: map[netip.Prefix]int{}}
		vs.known[st] = s
	}
	s.by[from]++
	s.sessions.Add(1)
	return s.voice
}

func (vs *voices) leave(v *voice, from netip.Prefix) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	s := vs.known[v.style]
	s.sessions.Add(-1)
	if s.by[from]--; s.by[from] == 0 {
		delete(s.by, from)
	}
	if len(s.by) == 0 {
		delete(vs.known, v.style)
	}
}

// mayAddLocked reports whether there may be one more style, for somebody from there.
func (vs *voices) mayAddLocked(from netip.Prefix) bool {
	all, theirs := 0, 0
	for st, s := range vs.known {
		if st == st.plain() {
			continue
		}
		all++
		if s.by[from] > 0 {
			theirs++
		}
	}
	return all < mostStyles && theirs < mostStylesOfOne
}

// nearestLocked returns the known style that is as st but for somewhat shorter rows, or
// the plain one.
func (vs *voices) nearestLocked(st style) style {
	nearest := st.plain()
	for known := range vs.known {
		same := known
		same.look.Width = st.look.Width
		if same == st && known.look.Width < st.look.Width && known.look.Width > nearest.look.Width {
			nearest = known
		}
	}
	return nearest
}

// plain returns the style that those have for whom there is no other: of those there are
// a few for each language.
func (st style) plain() style {
	st.zone, st.clock = "", ""
	st.look = look.Look{Tabs: st.look.Tabs}
	if st.form == room.Slashed {
		st.look.Plain, st.clock = true, "off"
	}
	return st
}

// alone returns how many bytes of talk there are in events that are to be rendered for self
// alone, as others have passed them or see them in another way. What comes after one that is
// at hand is later, and not passed.
func (v *voice) alone(events []*room.Event, self *room.Who) (bytes int) {
	for _, e := range events {
		switch {
		case e.Kind != room.Said:
		case e.IsAtHand(v.to(self, e)):
			return bytes
		default:
			bytes += len(e.Text)
		}
	}
	return bytes
}

func (vs *voices) make(st style) *voice {
	location, err := time.LoadLocation(st.zone)
	if err != nil || st.zone == "" {
		location = time.Local
	}
	v := &voice{style: st, printer: vs.catalogue.Printer(st.language), location: location, sessions: new(atomic.Int32)}
	own, named := *v, *v
	own.whose, named.whose = mine, forMe
	v.own, v.named = &own, &named
	return v
}
