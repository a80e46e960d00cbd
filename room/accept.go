package room

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// What comes from outside the process, from the store or another node, is accepted here:
// an [Event] by Accept, a [Session] by Accept, a row of the [Book] by its accept. Texts are
// cleaned and cut to what the house itself allows, times are bounded, and what lacks
// something that its readers rely on is an error. Nothing behind that looks again.

const (
	// mostAhead is how much later than now another node's clock may have it. What is later
	// still is taken as of now.
	mostAhead = time.Minute

	// maxPhrase is more than any sentence of the house has, and mostArgs more than it is
	// filled in with.
	maxPhrase = 1000
	mostArgs  = 10

	// maxKeyText is more than a fingerprint, a network or an address has, and maxClient the
	// most of what a client calls itself.
	maxKeyText = 128
	maxClient  = 255

	// mostSeats is more than the rooms that one person may be in.
	mostSeats = 2 * mostPlaces
)

// Nothing happened in a teahouse before firstYear, nor in lastYear.
const (
	firstYear = 2000
	lastYear  = 2200
)

// IsTime reports whether something may have happened at a time.
func IsTime(t time.Time) bool { return t.UTC().Year() >= firstYear && !isTooLate(t) }

// isTooLate reports whether nothing that happens at a time could be kept. A clock of the house's
// may have been ahead, or that of now be far behind, so what is stored may be later than now;
// what happens after it is later still, and must not be too late.
func isTooLate(t time.Time) bool { return t.UTC().Year() >= lastYear }

// acceptTime returns a time from outside as it is taken. One that is far ahead is of now: it would
// push all that comes after it ahead, too.
func acceptTime(t, now time.Time) time.Time {
	if t.After(now.Add(mostAhead)) {
		return now
	}
	return t
}

// cut returns a text as clean leaves it, and at most so many bytes of that.
func cut(s string, most int, clean func(string) string) string {
	s = clean(s)
	if len(s) <= most {
		return s
	}
	return clean(s[:most]) // which drops half a character
}

// CleanName returns the name of somebody, or of a room, that comes from outside.
func CleanName(s string) string { return cutName(s) }

func cutName(s string) string { return strings.TrimSpace(cut(s, maxNameBytes, Clean)) }
func cutKey(s string) string  { return cut(s, maxKeyText, Clean) }

// cutLines is cut for a message of several lines.
func cutLines(s string) string {
	s = cut(s, MaxText, CleanLines)
	if lines := strings.SplitN(s, "\n", maxLines+1); len(lines) > maxLines {
		s = CleanLines(strings.Join(lines[:maxLines], "\n"))
	}
	return s
}

// AcceptLive is Accept for what another node tells of as it happens. What is far ahead is of
// now.
func (e *Event) AcceptLive() error {
	e.Time = acceptTime(e.Time, time.Now())
	return e.Accept()
}

// Accept makes e, which comes from outside the process, one that may be shown, or returns
// why it cannot be. What the store has was told by some clock of the house's, which may have
// been ahead: that stays, as the order of lines and what was said before a room was founded
// go by it.
func (e *Event) Accept() error {
	if !IsTime(e.Time) {
		return fmt.Errorf("it is of the year %d", e.Time.Year())
	}
	e.Text, e.Verbatim, e.Old = cutLines(e.Text), cut(e.Verbatim, MaxText, CleanVerbatim), cutName(e.Old)
	e.Reason = e.Reason.Accepted()
	says := Sentence{e.Phrase, e.Args}
	if err := says.Accept(); err != nil {
		return err
	}
	e.Phrase, e.Args = says.Phrase, says.Args
	if e.To != nil {
		e.To.accept()
	}
	if e.Who == nil {
		e.Who = &Who{}
	} else {
		e.Who.accept()
	}
	return e.lacks()
}

// lacks returns an error where something is missing that an event of its kind has.
func (e *Event) lacks() error {
	switch e.Kind {
	case Forgot:
		if e.Who.Key == "" {
			return errors.New("it forgets nobody")
		}
	case Announced, Noticed:
		if e.Phrase == "" {
			return errors.New("it says nothing")
		}
	case Commanded:
		if len(e.Args) == 0 || e.Who.Name == "" {
			return errors.New("it is nobody's command, or none")
		}
		if name, ok := e.Args[0].(string); !ok || !botCommandName.MatchString(name) {
			return errors.New("it is no command")
		}
	case Joined, Left, Said, Told:
		if e.Who.Name == "" {
			return errors.New("it is nobody's")
		}
	case Renamed:
		if e.Who.Name == "" || e.Old == "" {
			return errors.New("it is nobody's")
		}
	default:
		return fmt.Errorf("it is of no kind that comes from outside: %v", e.Kind)
	}
	return nil
}

// Accept makes s, which comes from outside the process, one that may be said, or returns why
// it cannot be: its arguments must be those that the phrase has places for.
func (s *Sentence) Accept() error {
	if len(s.Phrase) > maxPhrase || len(s.Args) > mostArgs {
		return errors.New("it says too much")
	}
	s.Phrase = Phrase(CleanVerbatim(string(s.Phrase)))
	for i, arg := range s.Args {
		switch arg := arg.(type) {
		case string:
			s.Args[i] = cutLines(arg)
		case Moment:
			if t := time.Time(arg); t.Year() < 0 || t.Year() > 9999 {
				return errors.New("it tells of a time that is none")
			}
		case int, uint64, time.Duration:
		default:
			return fmt.Errorf("it tells of %T", arg)
		}
	}
	if s.Phrase == "" {
		return nil
	}
	return s.Phrase.fits(s.Args)
}

// fits returns an error where a phrase is not filled in by some arguments, each of which
// must be of the kind that its place is for.
func (p Phrase) fits(args []any) error {
	n := 0
	for i := 0; i < len(p); i++ {
		if p[i] != '%' {
			continue
		}
		if i++; i == len(p) {
			return errors.New("its sentence is cut off")
		}
		if p[i] == '%' {
			continue
		}
		if n == len(args) {
			return errors.New("its sentence is not filled in")
		}
		_, isInt := args[n].(int)
		_, isUint := args[n].(uint64)
		if number := isInt || isUint; !strings.ContainsRune("sdvq", rune(p[i])) || p[i] == 'd' && !number || p[i] == 's' && number {
			return errors.New("its sentence is filled in with something else")
		}
		n++
	}
	if n < len(args) {
		return errors.New("its sentence has no place for all that fills it in")
	}
	return nil
}

// accept cleans what is known of somebody.
func (who *Who) accept() {
	who.Name, who.Address, who.Key = cutName(who.Name), cut(who.Address, maxKeyText, Clean), cutKey(who.Key)
	who.Verified = who.Verified && who.Key != ""
}

// Accepted returns a reason of which there are sentences: of a newer teahouse's it is Quit.
func (r Reason) Accepted() Reason {
	if r == "" || slices.Contains(Reasons(), r) {
		return r
	}
	return Quit
}

// Accept makes s, which another node tells of, one that may be shown, or returns why it
// cannot be.
func (s *Session) Accept() error {
	now := time.Now()
	s.Who.accept()
	s.Fingerprint, s.Door, s.Client, s.Why = cutKey(s.Fingerprint), cut(s.Door, maxKeyText, Clean), cut(s.Client, maxClient, Clean), cut(s.Why, maxReason, Clean)
	s.Since, s.Named, s.Away = acceptTime(s.Since, now), acceptTime(s.Named, now), acceptTime(s.Away, now)
	s.Left = s.Left.Accepted()
	switch {
	case s.ID == 0:
		return errors.New("it has no number")
	case s.Left == "" && s.Who.Name == "":
		return errors.New("it is nobody's")
	case len(s.Rooms) > mostSeats:
		return errors.New("it is in too many rooms")
	}
	s.Rooms = slices.DeleteFunc(s.Rooms, func(key string) bool { return len(key) > maxNameBytes })
	if len(s.Follows) > maxNameBytes {
		return errors.New("it follows no room")
	}
	return nil
}

// acceptKey returns an error for a key of a row that is none.
func acceptKey(row Row) error {
	switch {
	case row.Key == "" || len(row.Key) > 256:
		return errors.New("it has no key")
	case row.Table == tableNames || row.Table == tableRooms || row.Table == tablePlaces: // shown to nobody
		return nil
	case Clean(row.Key) != row.Key:
		return errors.New("its key is none")
	}
	return nil
}

// acceptNames cleans names, and keeps the last so many of them.
func acceptNames(names []string, most int) []string {
	var kept []string
	for _, name := range names[max(0, len(names)-most):] {
		if name = cutName(name); name != "" {
			kept = append(kept, name)
		}
	}
	return kept
}

// acceptPeople cleans names by person, and keeps at most so many.
func acceptPeople(people map[string]string, most int) map[string]string {
	kept := map[string]string{}
	for _, person := range slices.Sorted(maps.Keys(people)) {
		if len(kept) < most && person != "" && cutKey(person) == person {
			kept[person] = cutName(people[person])
		}
	}
	return kept
}

func (c *claim) accept(_ string, now time.Time) error {
	c.Name, c.Person, c.Also = cutName(c.Name), cutKey(c.Person), acceptNames(c.Also, mostAlso)
	c.Since, c.Seen, c.Tries = acceptTime(c.Since, now), acceptTime(c.Seen, now), max(c.Tries, 0)
	if c.Name == "" || c.Person == "" {
		return errors.New("it is nobody's name")
	}
	return nil
}

func (l *lost) accept(_ string, now time.Time) error {
	l.Names, l.Since = acceptNames(l.Names, mostLostNames), acceptTime(l.Since, now)
	return nil
}

func (k *linkedKey) accept(_ string, now time.Time) error {
	k.Person, k.Since = cutKey(k.Person), acceptTime(k.Since, now)
	k.Was = slices.Clone(k.Was[:min(len(k.Was), mostKeys)])
	for i := range k.Was {
		k.Was[i] = cutKey(k.Was[i])
	}
	if k.Person == "" {
		return errors.New("it is nobody's key")
	}
	return nil
}

func (p *penalty) accept(key string, now time.Time) error {
	p.Name, p.By, p.Reason = cutName(p.Name), cutName(p.By), cut(p.Reason, maxReason, Clean)
	p.Since = acceptTime(p.Since, now)
	if p.Target != key {
		return fmt.Errorf("it is for %.100q", p.Target)
	}
	return nil
}

func (g *grant) accept(_ string, now time.Time) error {
	g.Name, g.By, g.Key, g.Since = cutName(g.Name), cutName(g.By), cutKey(g.Key), acceptTime(g.Since, now)
	return nil
}

func (i *ignored) accept(string, time.Time) error {
	i.People = acceptPeople(i.People, mostIgnored)
	return nil
}

func (s *Settings) accept(string, time.Time) error {
	for _, c := range choices() {
		if c.is == nil {
			continue
		}
		value := c.is(s)
		if *value = cut(*value, maxZone, Clean); c.may != zones && *value != "" && !c.allows(*value) {
			*value = ""
		}
	}
	return nil
}

func (t *typed) accept(_ string, now time.Time) error {
	var lines []string
	for _, line := range t.Lines {
		lines = appendTyped(lines, CleanLines(line))
	}
	t.Lines, t.Used = lines, acceptTime(t.Used, now)
	return nil
}

func (f *followed) accept(_ string, now time.Time) error {
	f.At = acceptTime(f.At, now)
	return nil
}

func (b *bot) accept(_ string, now time.Time) error {
	b.Name, b.Since = cutName(b.Name), acceptTime(b.Since, now)
	b.Commands = slices.DeleteFunc(b.Commands, func(c botCommand) bool {
		return !botCommandName.MatchString(c.Name) || !fits(c.Help, maxBotHelp) || !fits(c.Params, maxBotParams)
	})
	b.Commands = b.Commands[:min(len(b.Commands), mostBotCommands)]
	return nil
}

func (o *order) accept(string, time.Time) error {
	o.Motd, o.Topic = cut(o.Motd, maxMotd, cleaner{keepTabs: true}.clean), cut(o.Topic, maxTopic, cleaner{keepTabs: true}.clean)
	o.Slow = min(max(o.Slow, 0), mostSlow)
	return nil
}

func (r *roomRow) accept(_ string, now time.Time) error {
	r.Name, r.Owner, r.Closed = cutName(r.Name), cutKey(r.Owner), acceptTime(r.Closed, now)
	if isTooLate(r.Since.AddDate(1, 0, 0)) { // else it stays: what is older is not to be shown
		r.Since = time.Time{}
	}
	r.Topic, r.Invited = cut(r.Topic, maxTopic, cleaner{keepTabs: true}.clean), acceptPeople(r.Invited, mostInvited)
	return nil
}

func (a *Act) accept(key string, now time.Time) error {
	a.Time, a.By, a.Key = acceptTime(a.Time, now), cutName(a.By), cutKey(a.Key)
	a.What, a.Whom, a.Detail = cut(a.What, maxKeyText, Clean), cut(a.Whom, maxReason, Clean), cut(a.Detail, maxMotd, Clean)
	if actKey(a.N) != key || isTooLate(time.Unix(0, int64(min(a.N, math.MaxInt64)))) { // see nextActLocked
		return fmt.Errorf("it is number %d", a.N)
	}
	return nil
}
