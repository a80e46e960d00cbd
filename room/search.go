package room

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/duration"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// pageLines is how many lines are shown at a time if more were found.
	pageLines = 20

	// pageBytes is about how many bytes of text a page has. Rendered for a terminal they may be
	// sixteen times as many, and the terminal may not be reading.
	pageBytes = 16 << 10

	// maxSearchWords is how many different words a search may have.
	maxSearchWords = 10

	// maxHistoryLines is how many lines /history N shows at most.
	maxHistoryLines = 100
)

// searchResults holds the lines that a session has found but not been shown yet. It keeps their
// sequence numbers rather than the lines, which the room may forget: otherwise many sessions could
// each keep different lines in memory.
type searchResults struct {
	room     *Room
	firstSeq uint64   // the sequence number of the first line
	offsets  []uint32 // for each line, its sequence number minus firstSeq
	backward bool     // the next page is the end of the list
}

func newSearchResults(r *Room, lines []*Event, backward bool) searchResults {
	if len(lines) == 0 {
		return searchResults{}
	}
	f := searchResults{room: r, firstSeq: lines[0].Seq, offsets: make([]uint32, len(lines)), backward: backward}
	for i, e := range lines {
		f.offsets[i] = uint32(e.Seq - f.firstSeq)
	}
	return f
}

// stillIn returns the lines that the room still remembers.
func (r *searchResults) stillIn(said []*Event) (lines []*Event) {
	for _, after := range r.offsets {
		at, ok := findSeq(said, r.firstSeq+uint64(after))
		if said = said[at:]; ok {
			lines = append(lines, said[0])
		}
	}
	return lines
}

// pageLength returns how many lines make one page, at least one and up to most, from the beginning
// or backward from the end.
func pageLength(lines []*Event, most int, backward bool) (n int) {
	for bytes := 0; n < min(most, len(lines)) && bytes < pageBytes; n++ {
		if backward {
			bytes += lines[len(lines)-1-n].textSize()
		} else {
			bytes += lines[n].textSize()
		}
	}
	return n
}

// storeTimeout is how soon a line is stored if nothing is wrong.
const storeTimeout = 2 * time.Second

// unstoredLines returns the lines that should be stored by now but are not. Lines from other nodes
// are stored by those nodes.
func (s *Session) unstoredLines(lines []*Event) (unstored map[*Event]bool) {
	if s.hub.Messages == nil {
		return nil
	}
	stored := s.hub.Messages.StoredUpTo(s.room().identity.Key)
	for _, e := range lines {
		if e.Peer == "" && e.Seq > stored && time.Since(e.Time) > storeTimeout {
			if unstored == nil {
				unstored = map[*Event]bool{}
			}
			unstored[e] = true
		}
	}
	return unstored
}

// showPage returns the first page of what was found, of most lines at most. A one-shot session gets
// everything.
func (s *Session) showPage(lines []*Event, backward bool, most int) (Reply, error) {
	s.searchResults = searchResults{}
	if len(lines) == 0 {
		return nil, reply.Refuse(reply.NothingFound)
	}
	p := &HistoryPage{Messages: lines, Backward: backward}
	if n, page := len(lines), pageLength(lines, most, backward); !s.oneShot && n > page {
		rest := lines[page:]
		p.Messages, p.More = lines[:page], n-page
		if backward {
			rest, p.Messages = lines[:n-page], lines[n-page:]
		}
		s.searchResults = newSearchResults(s.room(), rest, backward)
	}
	p.Unstored = s.unstoredLines(p.Messages)
	return p, nil
}

// history implements /history N, /history since TIME and /history NAME.
func (s *Session) history(what string) (Reply, error) {
	if s.hub.HistoryLimits.Lines <= 0 {
		return nil, reply.Refuse(reply.NothingKept)
	}
	said := s.pastLines()
	if n, err := strconv.Atoi(what); what == "" || err == nil {
		if what == "" {
			n = pageLines
		}
		if n < 1 {
			return nil, reply.Refuse(reply.InvalidNumber, 1, s.hub.HistoryLimits.Lines)
		}
		if s.oneShot { // returns everything at once
			said = said[max(0, len(said)-n):]
		}
		return s.showPage(said, true, min(n, maxHistoryLines))
	}
	if after, ok := strings.CutPrefix(what+" ", "since "); ok {
		since, err := parseSince(strings.TrimSpace(after), time.Now())
		if err != nil {
			return nil, reply.Refuse(reply.InvalidTime)
		}
		said = said[firstSince(said, since):]
		return s.showPage(said, false, pageLines)
	}
	key := names.Key(what)
	said = s.filterLines(said, func(e *Event) bool { return key != "" && e.User.nameKey() == key })
	if words := strings.Fields(what); len(said) == 0 && len(words) > 1 && !s.hub.isKnownName(what) { // such as "joe 5", or "2 --json"
		return nil, reply.Refuse(reply.Usage, s.hub.command("history", SlashSyntax).Usage(SlashSyntax))
	}
	return s.showPage(said, true, pageLines)
}

// isKnownName reports whether somebody has, or had, a name.
func (h *Hub) isKnownName(name string) bool {
	if h.findUser(name) != nil || h.Messages == nil {
		return h.findUser(name) != nil
	}
	_, known := h.Messages.AccountByName(names.Key(name))
	return known
}

// pastLines returns what the room remembers, except what s ignores. The caller must not change the
// slice.
func (s *Session) pastLines() []*Event {
	said := s.room().pastLines()
	if s.ignoreList.Load() == nil {
		return said
	}
	return s.filterLines(said, func(e *Event) bool { return !s.ignores(e) })
}

// firstSince returns the index of the first line that was said at or after a time.
func firstSince(said []*Event, since time.Time) int {
	at, _ := slices.BinarySearchFunc(said, since, func(e *Event, t time.Time) int { return e.Time.Compare(t) })
	return at
}

// search implements /search WORDS: it finds lines that contain all of the words, in any case, width
// and spelling, also as parts of longer words.
func (s *Session) search(words string) (Reply, error) {
	if s.hub.HistoryLimits.Lines <= 0 {
		return nil, reply.Refuse(reply.NothingKept)
	}
	wanted := text.SearchWords(words)
	slices.Sort(wanted)
	if wanted = slices.Compact(wanted); len(wanted) > maxSearchWords {
		return nil, reply.Refuse(reply.TooManySearchWords, maxSearchWords)
	}
	if len(wanted) == 0 {
		return nil, reply.Refuse(reply.NothingFound)
	}
	return s.showPage(s.filterLines(s.pastLines(), func(e *Event) bool {
		text := e.foldedText().SearchText
		return !slices.ContainsFunc(wanted, func(w string) bool {
			s.addWork(time.Duration(len(text)) * workPerKilobyte / 1024)
			return !strings.Contains(text, w)
		})
	}), true, pageLines)
}

// filterLines returns the lines for which keep returns true.
func (s *Session) filterLines(said []*Event, keep func(*Event) bool) (kept []*Event) {
	for _, e := range said {
		if s.addWork(workPerLine); keep(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// more implements /more, and /more N for a message of which a door has left out lines.
func (s *Session) more(args []string) (Reply, error) {
	if len(args) > 0 {
		return s.showFullMessage(args[0])
	}
	var lines []*Event
	if s.searchResults.room == s.room() {
		s.addWork(time.Duration(len(s.searchResults.offsets)) * workPerLine)
		lines = s.searchResults.stillIn(s.pastLines())
	}
	if len(lines) == 0 {
		return nil, reply.Refuse(reply.NoMore)
	}
	return s.showPage(lines, s.searchResults.backward, pageLines)
}

// errInvalidTime is returned by parseSince for a string that is not a time.
var errInvalidTime = errors.New("room: no time")

// parseSince parses a moment in the past: how long ago (90m, 2h, 3d), a time of day, a date, or
// both, in now's time zone.
func parseSince(s string, now time.Time) (time.Time, error) {
	if ago, err := duration.Parse(s); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	if t, err := time.Parse("15:04", s); err == nil {
		year, month, day := now.Date()
		at := time.Date(year, month, day, t.Hour(), t.Minute(), 0, 0, now.Location())
		if at.After(now) {
			at = at.AddDate(0, 0, -1) // in the morning, half past eleven at night means yesterday's
		}
		return at, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errInvalidTime
}

// forgetCommand implements /forget me and, for operators, /forget NAME.
func (s *Session) forgetCommand(whom string, sure bool) (Reply, error) {
	who := s.User()
	if whom != "me" {
		var err error
		if who, err = s.forgetTarget(whom); err != nil {
			return nil, err
		}
	}
	if who.Person == "" {
		return nil, reply.Refuse(reply.ForgetNeedsKey)
	}
	switch {
	case sure:
	case whom == "me":
		return nil, reply.Refuse(reply.ConfirmForget)
	default:
		return nil, reply.Refuse(reply.ConfirmForgetName, who.Name, who.Name)
	}
	s.hub.eraseInputHistory(who.Person)
	if s.hub.Messages == nil {
		return nil, reply.Refuse(reply.NothingKept)
	}
	for _, id := range s.hub.personIDs(who.Person) {
		forgotten := *who
		forgotten.Person = id
		if err := s.hub.eraseMessagesOf(s, &forgotten); err != nil {
			return nil, err
		}
	}
	if whom != "me" {
		s.audit("forget", who.Name+" ("+who.Person+")", "")
	}
	return NewNotice(reply.Forgotten, who.Name), nil
}

// eraseMessagesOf makes all rooms forget what somebody said. The lobby's event is there for the
// message store, and by's answer waits until it is stored; other rooms only get an event if they
// remember something.
func (h *Hub) eraseMessagesOf(by *Session, who *UserInfo) error {
	h.mu.Lock()
	rooms := h.sortedRoomsLocked()
	lobby := h.lobbyLocked()
	h.mu.Unlock()
	for _, r := range rooms {
		if r != lobby && len(by.filterLines(r.pastLines(), func(e *Event) bool { return e.User.Person == who.Person })) == 0 {
			continue
		}
		forgot := &Event{Time: time.Now(), Kind: Forgot, User: who}
		if !r.append(forgot, by) {
			return by.reason
		}
		if r == lobby {
			by.forgetEvent = forgot
		}
		r.wake()
		r.pastLines()
	}
	return nil
}

// forgetTarget returns the person with a name, for an operator.
func (s *Session) forgetTarget(name string) (*UserInfo, error) {
	h, spoke := s.hub, s.lastLineBy(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.moderation.IsOperator(s.Person) {
		return nil, reply.Refuse(reply.ForgetMeOnly)
	}
	who := &UserInfo{}
	if u := h.online.byName[names.Key(name)]; u != nil {
		who = u.info.Load()
	} else if person, spelled, err := h.resolveAbsentLocked(name, spoke); err == nil {
		who = &UserInfo{Name: spelled, Person: person}
	}
	if who.Person == "" {
		return nil, reply.Refuse(reply.NoKeyKnown, text.Clean(name))
	}
	return who, nil
}
