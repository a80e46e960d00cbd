package room

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// What comes from outside the process, from the store or another node, is accepted here:
// an [Event] by Accept, a [PeerSession] by Accept, a row of the [Store] by its accept. Texts are
// cleaned and cut to what the house itself allows, times are bounded, and what lacks
// something that its readers rely on is an error. Nothing behind that looks again.

const (
	// maxClockAhead is how much later than now another node's clock may have it. What is later
	// still is taken as of now.
	maxClockAhead = time.Minute

	// maxArgs is more than any sentence is filled in with.
	maxArgs = 10

	// maxKeyBytes is more than a fingerprint, a network or an address has, and maxClientBytes the
	// most of what a client calls itself.
	maxKeyBytes    = 128
	maxClientBytes = 255

	// maxPeerRooms is more than the rooms that one person may be in.
	maxPeerRooms = 2 * maxJoinedRooms
)

// Nothing happened in a teahouse before firstYear, nor in lastYear.
const (
	firstYear = 2000
	lastYear  = 2200
)

// IsPlausibleTime reports whether something may have happened at a time.
func IsPlausibleTime(t time.Time) bool { return t.UTC().Year() >= firstYear && !isTooLateToStore(t) }

// isTooLateToStore reports whether nothing that happens at a time could be kept. A clock of the house's
// may have been ahead, or that of now be far behind, so what is stored may be later than now;
// what happens after it is later still, and must not be too late.
func isTooLateToStore(t time.Time) bool { return t.UTC().Year() >= lastYear }

// clampTime returns a time from outside as it is taken. One that is far ahead is of now: it would
// push all that comes after it ahead, too.
func clampTime(t, now time.Time) time.Time {
	if t.After(now.Add(maxClockAhead)) {
		return now
	}
	return t
}

func sanitizeKey(s string) string { return text.Limit(s, maxKeyBytes, text.Clean) }

// SanitizeLive is Accept for what another node tells of as it happens. What is far ahead is of
// now.
func (e *Event) SanitizeLive() error {
	e.Time = clampTime(e.Time, time.Now())
	return e.Sanitize()
}

// Sanitize makes e, which comes from outside the process, one that may be shown, or returns
// why it cannot be. What the store has was told by some clock of the house's, which may have
// been ahead: that stays, as the order of lines and what was said before a room was founded
// go by it.
func (e *Event) Sanitize() error {
	if !IsPlausibleTime(e.Time) {
		return fmt.Errorf("it is of the year %d", e.Time.Year())
	}
	e.Text, e.Verbatim, e.OldName = text.LimitLines(e.Text), text.Limit(e.Verbatim, text.MaxBytes, text.CleanVerbatim), names.Sanitize(e.OldName)
	e.Reason = e.Reason.Sanitized()
	says := reply.Say(e.Code, e.Args...)
	if err := SanitizeSentence(&says); err != nil {
		return err
	}
	e.Code, e.Args = says.Code, says.Args
	if e.To != nil {
		e.To.sanitize()
	}
	if e.User == nil {
		e.User = &UserInfo{}
	} else {
		e.User.sanitize()
	}
	return e.checkRequired()
}

// checkRequired returns an error where something is missing that an event of its kind has.
func (e *Event) checkRequired() error {
	switch e.Kind {
	case Forgot:
		if e.User.Person == "" {
			return errors.New("it forgets nobody")
		}
	case Announced, Noticed:
		if e.Code == "" {
			return errors.New("it says nothing")
		}
	case BotCommand:
		if len(e.Args) == 0 || e.User.Name == "" {
			return errors.New("it is nobody's command, or none")
		}
		if name, ok := e.Args[0].(string); !ok || !botCommandPattern.MatchString(name) {
			return errors.New("it is no command")
		}
	case Joined, Left, Said, DirectMessage:
		if e.User.Name == "" {
			return errors.New("it is nobody's")
		}
	case Renamed:
		if e.User.Name == "" || e.OldName == "" {
			return errors.New("it is nobody's")
		}
	default:
		return fmt.Errorf("it is of no kind that comes from outside: %v", e.Kind)
	}
	return nil
}

// SanitizeSentence makes s, which comes from outside the process, one that may be said, or returns why
// it cannot be: its arguments must be those that the phrase has places for.
func SanitizeSentence(s *reply.Sentence) error {
	if len(s.Args) > maxArgs {
		return errors.New("it says too much")
	}
	for i, arg := range s.Args {
		switch arg := arg.(type) {
		case string:
			s.Args[i] = text.LimitLines(arg)
		case reply.Moment:
			if t := time.Time(arg); t.Year() < 0 || t.Year() > 9999 {
				return errors.New("it tells of a time that is none")
			}
		case int, uint64, time.Duration:
		default:
			return fmt.Errorf("it tells of %T", arg)
		}
	}
	if s.Code == "" {
		return nil
	}
	return s.Code.CheckArgs(s.Args)
}

// sanitize cleans what is known of somebody.
func (ui *UserInfo) sanitize() {
	ui.Name, ui.Address, ui.Person = names.Sanitize(ui.Name), text.Limit(ui.Address, maxKeyBytes, text.Clean), sanitizeKey(ui.Person)
	ui.Verified = ui.Verified && ui.Person != ""
}

// Sanitized returns a reason of which there are sentences: of a newer teahouse's it is Quit.
func (r Reason) Sanitized() Reason {
	if r == "" || slices.Contains(Reasons(), r) {
		return r
	}
	return Quit
}

// Sanitize makes ps, which another node tells of, one that may be shown, or returns why it
// cannot be.
func (ps *PeerSession) Sanitize() error {
	now := time.Now()
	ps.User.sanitize()
	ps.Fingerprint, ps.Door, ps.Client, ps.AwayMessage = sanitizeKey(ps.Fingerprint), text.Limit(ps.Door, maxKeyBytes, text.Clean), text.Limit(ps.Client, maxClientBytes, text.Clean), text.Limit(ps.AwayMessage, maxReasonBytes, text.Clean)
	ps.Since, ps.NamedAt, ps.Away = clampTime(ps.Since, now), clampTime(ps.NamedAt, now), clampTime(ps.Away, now)
	ps.LeftReason = ps.LeftReason.Sanitized()
	switch {
	case ps.ID == 0:
		return errors.New("it has no number")
	case ps.LeftReason == "" && ps.User.Name == "":
		return errors.New("it is nobody's")
	case len(ps.Rooms) > maxPeerRooms:
		return errors.New("it is in too many rooms")
	}
	ps.Rooms = slices.DeleteFunc(ps.Rooms, func(key string) bool { return len(key) > names.MaxBytes })
	if len(ps.Following) > names.MaxBytes {
		return errors.New("it follows no room")
	}
	return nil
}

// sanitizeNames cleans names, and keeps the last so many of them.
func sanitizeNames(all []string, most int) []string {
	var kept []string
	for _, name := range all[max(0, len(all)-most):] {
		if name = names.Sanitize(name); name != "" {
			kept = append(kept, name)
		}
	}
	return kept
}

// sanitizePeople cleans names by person, and keeps at most so many.
func sanitizePeople(people map[string]string, most int) map[string]string {
	kept := map[string]string{}
	for _, person := range slices.Sorted(maps.Keys(people)) {
		if len(kept) < most && person != "" && sanitizeKey(person) == person {
			kept[person] = names.Sanitize(people[person])
		}
	}
	return kept
}

func (o *nameOwnership) sanitize(_ string, now time.Time) error {
	o.Name, o.Person, o.Spellings = names.Sanitize(o.Name), sanitizeKey(o.Person), sanitizeNames(o.Spellings, maxSpellings)
	o.Since, o.LastUsed, o.Attempts = clampTime(o.Since, now), clampTime(o.LastUsed, now), max(o.Attempts, 0)
	if o.Name == "" || o.Person == "" {
		return errors.New("it is nobody's name")
	}
	return nil
}

func (n *nameNotice) sanitize(_ string, now time.Time) error {
	n.LostNames, n.Since = sanitizeNames(n.LostNames, maxLostNames), clampTime(n.Since, now)
	return nil
}

func (k *linkedKey) sanitize(_ string, now time.Time) error {
	k.Person, k.Since = sanitizeKey(k.Person), clampTime(k.Since, now)
	k.FormerPersons = slices.Clone(k.FormerPersons[:min(len(k.FormerPersons), maxKeys)])
	for i := range k.FormerPersons {
		k.FormerPersons[i] = sanitizeKey(k.FormerPersons[i])
	}
	if k.Person == "" {
		return errors.New("it is nobody's key")
	}
	return nil
}

func (p *penalty) sanitize(key string, now time.Time) error {
	p.Name, p.By, p.Reason = names.Sanitize(p.Name), names.Sanitize(p.By), text.Limit(p.Reason, maxReasonBytes, text.Clean)
	p.Since = clampTime(p.Since, now)
	if p.Target != key {
		return fmt.Errorf("it is for %.100q", p.Target)
	}
	return nil
}

func (g *grant) sanitize(_ string, now time.Time) error {
	g.Name, g.By, g.Key, g.Since = names.Sanitize(g.Name), names.Sanitize(g.By), sanitizeKey(g.Key), clampTime(g.Since, now)
	return nil
}

func (l *ignoreList) sanitize(string, time.Time) error {
	l.People = sanitizePeople(l.People, maxIgnored)
	return nil
}

func (s *Settings) sanitize(string, time.Time) error {
	for _, sp := range settingSpecs() {
		if sp.text == nil {
			continue
		}
		value := sp.text(s)
		if *value = text.Limit(*value, maxZoneBytes, text.Clean); sp.values != zoneValues && *value != "" && !sp.allows(*value) {
			*value = ""
		}
	}
	return nil
}

func (h *inputHistory) sanitize(_ string, now time.Time) error {
	var lines []string
	for _, line := range h.Lines {
		lines = appendInput(lines, text.CleanLines(line))
	}
	h.Lines, h.UsedAt = lines, clampTime(h.UsedAt, now)
	return nil
}

func (m *readMarker) sanitize(_ string, now time.Time) error {
	m.At = clampTime(m.At, now)
	return nil
}

func (b *bot) sanitize(_ string, now time.Time) error {
	b.Name, b.Since = names.Sanitize(b.Name), clampTime(b.Since, now)
	b.Commands = slices.DeleteFunc(b.Commands, func(c botCommand) bool {
		return !botCommandPattern.MatchString(c.Name) || !fitsHelpLine(c.Help, maxBotHelp) || !fitsHelpLine(c.Params, maxBotParams)
	})
	b.Commands = b.Commands[:min(len(b.Commands), maxCommandsPerBot)]
	return nil
}

func (s *hubSettings) sanitize(string, time.Time) error {
	s.Motd, s.Topic = text.Limit(s.Motd, maxMotdBytes, text.CleanLine), text.Limit(s.Topic, maxTopicBytes, text.CleanLine)
	s.SlowSeconds = min(max(s.SlowSeconds, 0), maxSlowSeconds)
	return nil
}

func (r *roomRecord) sanitize(_ string, now time.Time) error {
	r.Name, r.Owner, r.Closed = names.Sanitize(r.Name), sanitizeKey(r.Owner), clampTime(r.Closed, now)
	if isTooLateToStore(r.Since.AddDate(1, 0, 0)) { // else it stays: what is older is not to be shown
		r.Since = time.Time{}
	}
	r.Topic, r.Invited = text.Limit(r.Topic, maxTopicBytes, text.CleanLine), sanitizePeople(r.Invited, maxInvited)
	return nil
}

func (e *AuditEntry) sanitize(key string, now time.Time) error {
	e.Time, e.By, e.Fingerprint = clampTime(e.Time, now), names.Sanitize(e.By), sanitizeKey(e.Fingerprint)
	e.Action, e.Target, e.Detail = text.Limit(e.Action, maxKeyBytes, text.Clean), text.Limit(e.Target, maxReasonBytes, text.Clean), text.Limit(e.Detail, maxMotdBytes, text.Clean)
	if auditKey(e.Number) != key || isTooLateToStore(time.Unix(0, int64(min(e.Number, math.MaxInt64)))) { // see nextAuditNumberLocked
		return fmt.Errorf("it is number %d", e.Number)
	}
	return nil
}
