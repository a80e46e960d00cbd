package room

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Learn takes over a row of the [Book] that another house with the same book has
// written, and does what follows from it: who is banned goes, a topic changes. Newer
// is asked, with the house locked, whether this house has a value of its own that is
// not stored yet: that is the later one, so Learn does nothing and returns false. A
// row that cannot be read is an error, and changes nothing.
func (h *House) Learn(row Row, newer func() bool) (learned bool, err error) {
	learned, orphaned, err := h.learn(row, newer)
	h.wakeForMove()
	if orphaned && h.Orphaned != nil {
		h.Orphaned()
	}
	if err != nil {
		err = fmt.Errorf("room: the row %q of %s cannot be read: %w", Clean(row.Key), Clean(row.Table), err)
	}
	return learned, err
}

// learn is Learn but for what has to be done without the lock. Orphaned says that there is
// no operator any more.
func (h *House) learn(row Row, newer func() bool) (learned, orphaned bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	had := h.hasOperatorLocked()
	if learned = !newer(); learned {
		err = h.learnLocked(row)
	}
	return learned, had && !h.hasOperatorLocked(), err
}

func (h *House) learnLocked(row Row) error {
	if row.Value == nil {
		h.unlearnLocked(row)
		return nil
	}
	switch row.Table {
	case tableNames:
		return decode(row, h.learnClaimLocked)
	case tableBans:
		return decode(row, func(p *penalty) {
			h.bans.put(p)
			h.throwOutLocked(p)
		})
	case tableRooms:
		return decode(row, h.learnRoomLocked)
	case tableAudit:
		return decode(row, h.learnActLocked)
	case tableKeys:
		return decode(row, func(k *linkedKey) { h.learnKeyLocked(row.Key, k) })
	case tablePlaces:
		return decode(row, func(f *followed) {
			if mine := h.places[row.Key]; mine == nil || f.At.After(mine.At) {
				h.places[row.Key] = f
			}
		})
	}
	err := h.readLocked(row)
	h.applyLocked(row.Table, row.Key)
	return err
}

// unlearnLocked takes over that a row is struck out.
func (h *House) unlearnLocked(row Row) {
	switch row.Table {
	case tableNames:
		if c := h.claimOfLocked(row.Key); c != nil {
			h.dropClaimLocked(c)
		}
	case tableLost:
		delete(h.lost, row.Key)
	case tableBans:
		h.bans.remove(&penalty{Target: row.Key})
	case tableMutes:
		h.mutes.remove(&penalty{Target: row.Key})
	case tableOperators:
		delete(h.operators, row.Key)
	case tableAllowed:
		delete(h.allowed, row.Key)
	case tableInvites:
		delete(h.invites, row.Key)
	case tableIgnored:
		delete(h.ignores, row.Key)
	case tableSettings:
		delete(h.settings, row.Key)
	case tableTyped:
		delete(h.typed, row.Key) // but not what is typed now
	case tablePlaces:
		delete(h.places, row.Key)
	case tableBots:
		delete(h.bots, row.Key)
	case tableOrder:
		h.order = order{}
	case tableRooms:
		h.unlearnRoomLocked(row.Key)
	case tableAudit:
		h.acts.remove(row.Key)
	}
	h.applyLocked(row.Table, row.Key)
}

// applyLocked has those who are here feel what has changed of them.
func (h *House) applyLocked(table, person string) {
	switch table {
	case tableIgnored, tableSettings, tableBots:
	default:
		return
	}
	for _, u := range h.everybodyLocked() {
		switch {
		case u.Key != person:
		case table == tableIgnored:
			u.ignored.Store(h.ignores[person])
		case u.neighbour != nil:
		case table == tableSettings:
			u.settings.Store(h.settings[person])
			u.Nudge()
		case table == tableBots:
			h.markLocked(person, h.bots[person] != nil)
		}
	}
}

// learnClaimLocked enters whose a name is. Where that contradicts what was known here,
// the older claim counts, and is written again where it was overwritten.
func (h *House) learnClaimLocked(c *claim) {
	id, err := checkName(c.Name)
	if err != nil {
		return
	}
	c.identity = id
	if same := h.claimOfLocked(id.key); same != nil && same.Person == c.Person {
		c.told = same.told
		h.dropClaimLocked(same)
	}
	for _, other := h.claimedLocked(id, c.Person); other != nil; _, other = h.claimedLocked(id, c.Person) {
		same := slices.Contains(h.idsLocked(c.Person), other.Person) // whoever it was is c's owner now
		if !same && other.isBefore(c) {
			h.rejectClaimLocked(c, other)
			return
		}
		if !same {
			h.tellLostLocked(other)
		}
		if h.dropClaimLocked(other); other.identity.key != id.key {
			h.writeLocked(tableNames, other.identity.key, nil)
		}
	}
	h.addClaimLocked(c)
	h.settleLocked(id, c.Person)
}

// rejectClaimLocked drops a claim that another house has written, and that contradicts an
// older one.
func (h *House) rejectClaimLocked(c, older *claim) {
	if older.identity.key == c.identity.key {
		h.writeLocked(tableNames, c.identity.key, older)
	} else {
		h.writeLocked(tableNames, c.identity.key, nil)
	}
	h.tellLostLocked(c)
	h.settleLocked(c.identity, older.Person)
}

func (c *claim) isBefore(other *claim) bool { return c.compare(other) < 0 }

// compare orders claims as they are preferred.
func (c *claim) compare(other *claim) int {
	return cmp.Or(c.Since.Compare(other.Since), cmp.Compare(c.Person, other.Person))
}

// claimOfLocked returns the claim that is written under a key, or nil.
func (h *House) claimOfLocked(key string) *claim {
	id, err := checkName(key)
	if err != nil {
		return nil
	}
	for _, look := range id.looks {
		if c := h.claims[look]; c != nil && c.identity.key == key {
			return c
		}
	}
	return nil
}

// learnRoomLocked makes a room, or changes what holds in it. Where two founded it, it is
// the first one's.
func (h *House) learnRoomLocked(row *roomRow) {
	id, err := checkName(row.Name)
	if err != nil {
		return
	}
	r := h.rooms[id.key]
	if !row.Closed.IsZero() {
		h.closings[id.key] = row.Closed
		h.learnClosedLocked(r, row)
		return
	}
	if r != nil && row.Since.After(r.founded) && r.isOverLocked() { // which the other house has found before
		h.closeRoomLocked(r)
		r = nil
	}
	if r == nil {
		h.readRoomLocked(row)
		return
	}
	if r.owner != row.Owner && r.founded.Before(row.Since) {
		h.writeRoomLocked(r)
		return
	}
	if r.founded.Before(row.Since) { // by one person in two houses at once
		defer h.writeRoomLocked(r)
	} else {
		r.setFounded(row.Since)
	}
	private := row.Private || r.private && r.owner != row.Owner // what was said in it was said in private
	r.owner, r.private, r.topic = row.Owner, private, row.Topic
	r.invited = map[string]string{}
	for person, name := range row.Invited {
		r.invited[person] = name
	}
	h.showOutLocked(r)
}

// unlearnRoomLocked closes a room, unless somebody is there: then it goes on.
func (h *House) unlearnRoomLocked(key string) {
	r := h.rooms[key]
	switch {
	case r == nil:
	case len(r.members) > 0 || r.readers.Load() > 0:
		h.writeRoomLocked(r)
	default:
		h.closeRoomLocked(r)
	}
}

// learnKeyLocked makes a key another person's: who came with it has to come in again.
func (h *House) learnKeyLocked(fingerprint string, k *linkedKey) {
	h.linkLocked(fingerprint, k)
	for u := range h.users {
		switch {
		case u.visitor.Key != fingerprint || !u.isRevokedLocked():
		case h.isFirstKeyLocked(k.Person) || len(h.linked[k.Person]) > 1:
			u.leaveLocked(Quit, KeyAdded)
		default:
			u.leaveLocked(Revoked, GoneRevoked)
		}
	}
}

// learnActLocked enters what an operator, or the owner of a room, did elsewhere.
func (h *House) learnActLocked(a *Act) {
	h.acts.put(a)
	h.lastAct = max(h.lastAct, a.N)
}

// nextActLocked returns the number of an act. Houses that share a book take the time,
// so that they give out different ones.
func (h *House) nextActLocked() uint64 {
	h.lastAct++
	if h.salt != 0 {
		h.lastAct = max(h.lastAct, uint64(time.Now().UnixNano()))
	}
	return h.lastAct
}
