package room

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// pageLines is how many lines are shown at once, where more were found.
	pageLines = 20

	// pageBytes is about how many bytes of text: what a terminal is sent of it at once may
	// be sixteen times that, and it may not read.
	pageBytes = 16 << 10

	// mostWords is how many different words may be searched for.
	mostWords = 10

	// mostLines is how many are shown at once to those who ask for so many.
	mostLines = 100
)

// found is what somebody looked for and has not been shown yet. It has the numbers of the
// lines and not the lines, which the room may forget: many could each hold others.
type found struct {
	room     *Room
	first    uint64   // the number of the first line
	after    []uint32 // of each, how much later it comes
	backward bool     // the next page is at the end
}

func newFound(r *Room, lines []*Event, backward bool) found {
	if len(lines) == 0 {
		return found{}
	}
	f := found{room: r, first: lines[0].Seq, after: make([]uint32, len(lines)), backward: backward}
	for i, e := range lines {
		f.after[i] = uint32(e.Seq - f.first)
	}
	return f
}

// among returns those of the lines that are still among what was said.
func (f *found) among(said []*Event) (lines []*Event) {
	for _, after := range f.after {
		at, ok := searchSeq(said, f.first+uint64(after))
		if said = said[at:]; ok {
			lines = append(lines, said[0])
		}
	}
	return lines
}

// pageOf returns how many lines, of at most so many, make one page, from the beginning
// or backward from the end: at least one.
func pageOf(lines []*Event, most int, backward bool) (n int) {
	for bytes := 0; n < min(most, len(lines)) && bytes < pageBytes; n++ {
		if backward {
			bytes += lines[len(lines)-1-n].size()
		} else {
			bytes += lines[n].size()
		}
	}
	return n
}

// storeTime is within what time a line is stored where nothing is wrong.
const storeTime = 2 * time.Second

// unstored returns those of some lines that are not stored though they should be. What
// was said in another house is for that one to store.
func (u *User) unstored(lines []*Event) (unstored map[*Event]bool) {
	if u.house.Archive == nil {
		return nil
	}
	stored := u.house.Archive.Stored(u.here().identity.key)
	for _, e := range lines {
		if e.From == "" && e.Seq > stored && time.Since(e.Time) > storeTime {
			if unstored == nil {
				unstored = map[*Event]bool{}
			}
			unstored[e] = true
		}
	}
	return unstored
}

// show answers with the first page of what was found, of so many lines at most. A visitor,
// who is no terminal but a command, gets all.
func (u *User) show(lines []*Event, backward bool, most int) (*Event, error) {
	u.found = found{}
	if len(lines) == 0 {
		return nil, refuse(NothingFound)
	}
	e := &Event{Time: time.Now(), Kind: Recalled, Past: lines}
	if n, page := len(lines), pageOf(lines, most, backward); !u.visiting && n > page {
		rest := lines[page:]
		e.Past, e.Phrase, e.Args = lines[:page], LaterLines, []any{n - page}
		if backward {
			rest, e.Past, e.Phrase = lines[:n-page], lines[n-page:], EarlierLines
		}
		u.found = newFound(u.here(), rest, backward)
	}
	e.Unstored = u.unstored(e.Past)
	return e, nil
}

// history does /history N, /history since TIME and /history NAME.
func (u *User) history(what string) (*Event, error) {
	if u.house.Memory.Lines <= 0 {
		return nil, refuse(NothingKept)
	}
	said := u.remembered()
	if n, err := strconv.Atoi(what); what == "" || err == nil {
		if what == "" {
			n = pageLines
		}
		if n < 1 {
			return nil, refuse(NoNumber, 1, u.house.Memory.Lines)
		}
		if u.visiting { // a command answers with all that it finds
			said = said[max(0, len(said)-n):]
		}
		return u.show(said, true, min(n, mostLines))
	}
	if after, ok := strings.CutPrefix(what+" ", "since "); ok {
		since, err := parseSince(strings.TrimSpace(after), time.Now())
		if err != nil {
			return nil, refuse(NoTime)
		}
		said = said[firstSince(said, since):]
		return u.show(said, false, pageLines)
	}
	key := NameKey(what)
	said = u.filter(said, func(e *Event) bool { return key != "" && e.Who.key() == key })
	if words := strings.Fields(what); len(said) == 0 && len(words) > 1 && !u.house.knows(what) { // joe 5, or 2 --json
		return nil, refuse(Usage, u.house.command("history", Slashed).Usage(Slashed))
	}
	return u.show(said, true, pageLines)
}

// knows reports whether a name is that of somebody who is here, or was.
func (h *House) knows(name string) bool {
	if h.find(name) != nil || h.Archive == nil {
		return h.find(name) != nil
	}
	_, known := h.Archive.Find(NameKey(name))
	return known
}

// remembered returns what the room remembers and u wants to read. The slice is
// for reading.
func (u *User) remembered() []*Event {
	said := u.here().remembered()
	if u.ignored.Load() == nil {
		return said
	}
	return u.filter(said, func(e *Event) bool { return !u.ignores(e) })
}

// firstSince returns the index of the first line that was said at or after a moment.
func firstSince(said []*Event, since time.Time) int {
	at, _ := slices.BinarySearchFunc(said, since, func(e *Event, t time.Time) int { return e.Time.Compare(t) })
	return at
}

// search does /search WORDS: lines that have all of the words in them, in
// whatever case, width and spelling, as a part of words too.
func (u *User) search(words string) (*Event, error) {
	if u.house.Memory.Lines <= 0 {
		return nil, refuse(NothingKept)
	}
	wanted := strings.Fields(withoutUnseen(foldString(words)))
	slices.Sort(wanted)
	if wanted = slices.Compact(wanted); len(wanted) > mostWords {
		return nil, refuse(TooManyWords, mostWords)
	}
	if len(wanted) == 0 {
		return nil, refuse(NothingFound)
	}
	return u.show(u.filter(u.remembered(), func(e *Event) bool {
		text := e.foldedText().sought
		return !slices.ContainsFunc(wanted, func(w string) bool {
			u.look(time.Duration(len(text)) * workPerKilobyte / 1024)
			return !strings.Contains(text, w)
		})
	}), true, pageLines)
}

// filter returns the lines to keep of those that were said.
func (u *User) filter(said []*Event, keep func(*Event) bool) (kept []*Event) {
	for _, e := range said {
		if u.look(workPerLine); keep(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// more does /more, and /more N for a message of which a door left lines out.
func (u *User) more(args []string) (*Event, error) {
	if len(args) > 0 {
		return u.whole(args[0])
	}
	var lines []*Event
	if u.found.room == u.here() {
		u.look(time.Duration(len(u.found.after)) * workPerLine)
		lines = u.found.among(u.remembered())
	}
	if len(lines) == 0 {
		return nil, refuse(NoMore)
	}
	return u.show(lines, u.found.backward, pageLines)
}

// errNoTime is what parseSince returns for what is no time.
var errNoTime = errors.New("room: no time")

// parseSince reads a moment in the past: how long ago (90m, 2h, 3d), a time of
// day, a day, or both, in the zone of now.
func parseSince(s string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 100_000 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if ago, err := time.ParseDuration(s); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	if t, err := time.Parse("15:04", s); err == nil {
		year, month, day := now.Date()
		at := time.Date(year, month, day, t.Hour(), t.Minute(), 0, 0, now.Location())
		if at.After(now) {
			at = at.AddDate(0, 0, -1) // half past eleven, asked for in the morning, was yesterday
		}
		return at, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errNoTime
}

// forget does /forget me and, for operators, /forget NAME.
func (u *User) forget(whom string, sure bool) (*Event, error) {
	who := u.Who()
	if whom != "me" {
		var err error
		if who, err = u.whomToForget(whom); err != nil {
			return nil, err
		}
	}
	if who.Key == "" {
		return nil, refuse(ForgetKey)
	}
	switch {
	case sure:
	case whom == "me":
		return nil, refuse(ForgetAsk)
	default:
		return nil, refuse(ForgetNameAsk, who.Name, who.Name)
	}
	u.house.forgetTyped(who.Key)
	if u.house.Archive == nil {
		return nil, refuse(NothingKept)
	}
	for _, id := range u.house.ids(who.Key) {
		forgotten := *who
		forgotten.Key = id
		if err := u.house.haveForgotten(u, &forgotten); err != nil {
			return nil, err
		}
	}
	if whom != "me" {
		u.audit("forget", who.Name+" ("+who.Key+")", "")
	}
	return notice(Forgotten, who.Name), nil
}

// haveForgotten has all rooms forget what somebody said. The lobby is told for the
// archive's sake, and by is answered once that has it; another room is told only where it
// remembers something.
func (h *House) haveForgotten(by *User, who *Who) error {
	h.mu.Lock()
	rooms := h.sortedRoomsLocked()
	lobby := h.lobbyLocked()
	h.mu.Unlock()
	for _, r := range rooms {
		if r != lobby && len(by.filter(r.remembered(), func(e *Event) bool { return e.Who.Key == who.Key })) == 0 {
			continue
		}
		forgot := &Event{Time: time.Now(), Kind: Forgot, Who: who}
		if !r.append(forgot, by) {
			return by.reason
		}
		if r == lobby {
			by.forgot = forgot
		}
		r.wake()
		r.remembered()
	}
	return nil
}

// whomToForget returns the person of a name, for an operator.
func (u *User) whomToForget(name string) (*Who, error) {
	h, spoke := u.house, u.lastSaid(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.isOperatorLocked(u.Key) {
		return nil, refuse(ForgetMe)
	}
	who := &Who{}
	if p := h.online[NameKey(name)]; p != nil {
		who = p.who.Load()
	} else if person, spelled, err := h.meantLocked(name, spoke); err == nil {
		who = &Who{Name: spelled, Key: person}
	}
	if who.Key == "" {
		return nil, refuse(NoKeyKnown, Clean(name))
	}
	return who, nil
}
