package room

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A wish is the name that somebody would like to have, or a room by its name.
type wish struct {
	name     string
	identity identity
	mended   bool  // it was no name, and is what can be made of it
	err      error // nor can anything
}

// wish returns what v would be called. It is for before the house is locked:
// comparing names takes a while.
func (h *House) wish(v *Visitor) *wish {
	w := &wish{name: v.Name}
	if v.Unnamed {
		w.name = fallbackName + "-" + strconv.FormatUint(h.guests.Add(1), 10)
	}
	if w.identity, w.err = checkName(w.name); w.err != nil {
		w.name, w.identity, w.err = mendName(v.Name)
		w.mended = w.err == nil
	}
	return w
}

// wishRoom returns the room of a name, with or without #; for "" it is nil. It is
// for before the house is locked, too.
func wishRoom(name string) *wish {
	if name == "" {
		return nil
	}
	w := &wish{name: roomName(name)}
	w.identity, w.err = checkName(w.name)
	return w
}

// presenceLocked returns what u, who would have the name w, is to the others, who
// know nothing of it yet. The notice, if there is one, tells u why it is not
// called what it wished.
func (h *House) presenceLocked(u *User, w *wish) (p *presence, notice *Event) {
	v := &u.visitor
	w, silenced := h.quietLocked(u, w)
	name, id, why := h.nameForLocked(u.Key, w)
	p = &presence{identity: id, given: why != "" || w.err != nil || silenced != nil}
	p.named = u.Since
	p.pace.Store(h.paceLocked(u.Key))
	p.who.Store(&Who{ID: u.id, Name: name, Address: v.Address, Key: u.Key, Verified: h.ownsLocked(u.Key, id), Bot: h.bots[u.Key] != nil, Unnamed: v.Unnamed, folded: foldName(name)})
	switch {
	case v.Unnamed:
	case silenced != nil:
		notice = &Event{Time: u.Since, Kind: Noticed, Phrase: silenced.Phrase, Args: silenced.Args}
	case w.err != nil, w.mended && why == "" && !p.who.Load().Verified:
		notice = &Event{Time: u.Since, Kind: Noticed, Phrase: GivenNotAllowed, Args: []any{name}}
	case why != "":
		notice = &Event{Time: u.Since, Kind: Noticed, Phrase: why, Args: []any{w.name, name}}
		h.triedLocked(w.identity, u.Key, name)
	}
	return p, notice
}

// nameForLocked returns what a person who wishes for a name is called, and why it is not
// that. In place of a name that is nobody's to have it gets the one of its own that it used
// last, or a guest's.
func (h *House) nameForLocked(person string, w *wish) (name string, id identity, why Phrase) {
	why = h.takenLocked(w.identity, person)
	if w.err != nil || why == GivenOffice {
		guest, _ := checkName(fallbackName)
		own := h.latestLocked(person, &wish{name: fallbackName, identity: guest})
		if h.takenLocked(own.identity, person) == "" {
			return own.name, own.identity, why
		}
		name, id = h.nextNameLocked(fallbackName)
		return name, id, why
	}
	if why != "" {
		name, id = h.nextNameLocked(w.name)
		return name, id, why
	}
	return w.name, w.identity, ""
}

// quietLocked returns the name that u comes in by, who wishes for another one and may not
// say it: the last of its own, or a guest's. The refusal says why it may not. Who visits
// is shown to nobody before it speaks.
func (h *House) quietLocked(u *User, w *wish) (*wish, *Refusal) {
	v := &u.visitor
	if u.visiting || v.Unnamed || w.err != nil || h.hadNameLocked(v, u.Key, w.identity) {
		return w, nil
	}
	var refusal *Refusal
	if !errors.As(h.mayTakeNameLocked(v, u.Key, u.Key), &refusal) {
		return w, nil
	}
	id, _ := checkName(fallbackName)
	return h.latestLocked(u.Key, &wish{name: fallbackName, identity: id}), refusal
}

// takenLocked returns why a person cannot have a name, or "".
func (h *House) takenLocked(id identity, person string) (why Phrase) {
	if h.isOfficeLocked(id, person) {
		return GivenOffice
	}
	if h.heldLocked(id, nil) != nil || h.isKeptLocked(id, person) {
		return GivenTaken
	}
	if _, other := h.claimedLocked(id, person); other != nil {
		return GivenOwned
	}
	return ""
}

// freeLocked reports whether nobody has a name, or one that looks like it.
func (h *House) freeLocked(id identity) bool {
	_, other := h.claimedLocked(id, "")
	return other == nil && h.heldLocked(id, nil) == nil && !h.isKeptLocked(id, "")
}

// mostTries is how many names are looked at closely, one after the other.
const mostTries = 20

// nextNameLocked returns the first free name among name-2, name-3 and so on. A
// name that is no name any more where it had to be cut for the number becomes a
// guest's.
func (h *House) nextNameLocked(name string) (string, identity) {
	var base, baseKey string
	digits := 0
	for n, tries := uint64(2), 0; ; n++ {
		suffix := "-" + strconv.FormatUint(n, 10)
		if len(suffix) != digits {
			digits = len(suffix)
			base = strings.TrimRight(shorten(name, MaxName-digits), smallMarks) // alice. is alice-2
			baseKey = NameKey(base)
		}
		if h.online[baseKey+suffix] != nil {
			continue // as it is most of the time in a crowd: looking closer takes longer
		}
		if tries++; tries > mostTries {
			n = rand.Uint64N(1 << 40) // it would take long to find out which is free
			tries, digits = 0, 0
			continue
		}
		id, err := checkName(base + suffix)
		switch {
		case err != nil:
			name, digits = fallbackName, 0
		case h.freeLocked(id):
			return base + suffix, id
		}
	}
}
