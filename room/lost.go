package room

import (
	"maps"
	"slices"
	"time"
)

// mostLost is of how many people it is written down which names they have lost, and
// mostLostNames how many names of each, the last ones.
const (
	mostLost      = 10_000
	mostLostNames = mostNames
)

// lost is what somebody is to be told who comes again: names that are its own no more, or
// are others now.
type lost struct {
	Names  []string          `json:"names,omitempty"`
	Mended map[string]string `json:"mended,omitempty"` // what names have become that were none any more, see mend.go
	Since  time.Time         `json:"since"`            // of the last of them
}

// loseLocked makes a name free that its owner has not given up, and tells the owner.
func (h *House) loseLocked(c *claim) {
	h.releaseLocked(c)
	h.tellLostLocked(c)
}

// tellLostLocked tells the owner of a name that is its own no more: now or, where it is
// not at a terminal, when it comes to one. Who is called so now hears it otherwise, when
// it gets another name; and who is at home in another house, from that one.
func (h *House) tellLostLocked(c *claim) {
	p := h.people[c.Person]
	switch {
	case p == nil || p.terminal == nil:
		h.noteLostLocked(c)
	case p.terminal.neighbour == nil && !p.identity.looksLike(c.identity):
		p.terminal.post(notice(NameGone, c.Name))
	}
}

func (h *House) noteLostLocked(c *claim) {
	switch l := h.lost[c.Person]; {
	case l != nil && slices.Contains(l.Names, c.Name):
		return
	case l == nil && len(h.lost) >= mostLost && c.Seen.Sub(c.Since) < onceTime:
		return // or whoever has many keys would have the others forgotten
	}
	h.noteLocked(c.Person, func(l *lost) {
		l.Names = append(l.Names, c.Name)
		l.Names = l.Names[max(0, len(l.Names)-mostLostNames):]
	})
}

// noteLocked adds to what a person is to be told.
func (h *House) noteLocked(person string, add func(*lost)) {
	told := &lost{Mended: map[string]string{}, Since: time.Now()}
	if old := h.lost[person]; old != nil {
		told.Names = slices.Clone(old.Names)
		maps.Copy(told.Mended, old.Mended)
	} else if len(h.lost) >= mostLost {
		dropOldestLocked(h, tableLost, h.lost, func(l *lost) time.Time { return l.Since })
	}
	add(told)
	putLocked(h, tableLost, h.lost, person, told)
}

// lostLocked returns, once, what a person is to be told of names that it has lost and has
// not got again.
func (h *House) lostLocked(person string) (told []Sentence) {
	l := h.lost[person]
	if l == nil {
		return nil
	}
	putLocked(h, tableLost, h.lost, person, nil)
	for _, name := range l.Names {
		if id, err := checkName(name); err != nil || !h.ownsLocked(person, id) {
			told = append(told, Sentence{NameGone, []any{Clean(name)}})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.Mended)) {
		told = append(told, Sentence{NameMended, []any{Clean(name), l.Mended[name]}})
	}
	return told
}
