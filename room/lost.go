package room

import (
	"slices"
	"time"
)

// mostLost is of how many people it is written down which names they have lost, and
// mostLostNames how many names of each, the last ones.
const (
	mostLost      = 10_000
	mostLostNames = mostNames
)

// lost is what somebody is to be told who comes again: names that are its own no more.
type lost struct {
	Names []string  `json:"names"`
	Since time.Time `json:"since"` // of the last of them
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
	told := &lost{Since: time.Now()}
	if old := h.lost[c.Person]; old != nil {
		told.Names = slices.Clone(old.Names)
	} else if len(h.lost) >= mostLost {
		dropOldestLocked(h, tableLost, h.lost, func(l *lost) time.Time { return l.Since })
	}
	if slices.Contains(told.Names, c.Name) {
		return
	}
	told.Names = append(told.Names, c.Name)
	told.Names = told.Names[max(0, len(told.Names)-mostLostNames):]
	putLocked(h, tableLost, h.lost, c.Person, told)
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
			told = append(told, Sentence{NameGone, []any{name}})
		}
	}
	return told
}
