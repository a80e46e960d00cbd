package room

import (
	"errors"
	"slices"
	"time"
)

// An Arrival is what was before somebody came in, as far as it concerns that
// person.
type Arrival struct {
	Past    []*Event   // the latest of what was said, the oldest first
	Unread  int        // how many of Past, those at its end, were said since Left
	Earlier int        // how many more were said since Left, before Past
	Left    time.Time  // when the person was last here; zero where nobody knows
	Letters []*Event   // private messages that wait, the oldest first
	Notices []Sentence // what else there is to know: the message of the day, the topic

	stored map[string]*Event // the last of Letters that the archive has, by whom it waited for
}

// Arrive returns what was before u came in, at most so many lines of talk. Who
// has been here with the same key gets what was said since, and a few lines
// before that, but a bot gets no talk; who takes over from another terminal, what
// was said since that one was heard from. Letters stay waiting until
// [User.Delivered]. Only the goroutine that called Enter may call it, once.
func (u *User) Arrive(lines int) (a Arrival, err error) {
	said := u.remembered()
	said = said[:u.before(said)]
	a.Left = u.beside
	if archive := u.house.Archive; archive != nil && u.Key != "" {
		if p, ok := archive.Person(u.Key); ok && a.Left.IsZero() {
			a.Left = p.Seen
		}
		err = u.collect(&a)
	}
	if u.Who().Bot { // it has no use for talk that it did not ask for
		lines, a.Left = 0, time.Time{}
	}
	a.Letters = append(u.heed(a.Letters), u.missed...)
	u.missed = nil
	if n := len(a.Letters); n > 0 {
		u.presence.teller.CompareAndSwap(nil, a.Letters[n-1].Who)
	}
	missed := 0
	if !a.Left.IsZero() {
		missed = len(said) - firstSince(said, a.Left.Add(1))
	}
	a.Past = said[len(said)-pageOf(said, lines, true):]
	a.Unread = min(missed, len(a.Past))
	a.Earlier = missed - a.Unread
	a.Notices = u.house.notices(u)
	return a, err
}

// collect puts into a what waits for u, under whichever of its keys it was known.
func (u *User) collect(a *Arrival) error {
	a.stored = map[string]*Event{}
	for _, id := range u.house.ids(u.Key) {
		letters, err := u.house.Archive.Letters(id)
		if err != nil {
			return err
		}
		if n := len(letters); n > 0 {
			a.stored[id] = letters[n-1]
		}
		a.Letters = append(a.Letters, letters...)
	}
	for _, e := range a.Letters {
		e.Who = u.house.recognize(e.Who)
	}
	slices.SortStableFunc(a.Letters, func(x, y *Event) int { return x.Time.Compare(y.Time) })
	return nil
}

// recognize returns who with what is not stored with a letter: whether the name belongs
// to the key, and whether that is a bot's.
func (h *House) recognize(who *Who) *Who {
	who = mendWho(who)
	id, err := checkName(who.Name)
	if err != nil || who.Key == "" {
		return who
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	known, person := *who, h.personLocked(who.Key)
	known.Verified, known.Bot = h.ownsLocked(person, id), h.bots[person] != nil
	return &known
}

// Return has the private messages that u may not have seen wait until it comes
// again: it was cut off, and nobody can tell what still reached it. It may wait
// for the archive. It is for the goroutine that has seen u leave.
//
// What one may not have seen whose place a terminal in another house took is handed
// to that.
func (u *User) Return() error {
	if u.heir != nil {
		return u.handOver()
	}
	if reason := u.Reason(); u.house.Archive == nil || reason != HungUp && reason != Slow {
		return nil
	}
	for _, e := range u.unread() {
		if err := u.postBack(e); err != nil {
			return err
		}
	}
	return nil
}

// handOver hands the private messages that u may not have seen to its heir. What that
// cannot be given waits, as for somebody who is away.
func (u *User) handOver() error {
	var err error
	for _, e := range u.unread() {
		if !errors.Is(err, ErrNotReached) {
			err = u.heir.neighbour.home.Hand(u.heir.id, e)
		}
		switch {
		case err == nil:
		case u.house.Archive == nil:
			return err
		default:
			if err := u.postBack(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// unread returns, once, the private messages to u that it may not have seen: its client
// was not heard from since.
func (u *User) unread() []*Event { return u.mailbox.handOver(u.alive()) }

// before returns how many of the lines were said before u came in: the rest u
// reads as it is said.
func (u *User) before(said []*Event) int {
	n := len(said)
	for n > 0 && said[n-1].Seq > u.joined {
		n--
	}
	return n
}

// Delivered says that u has read the letters of its arrival: they wait no more.
// It may wait for the archive.
func (u *User) Delivered(a Arrival) error {
	for id, last := range a.stored {
		if err := u.house.Archive.Delivered(id, last); err != nil {
			return err
		}
	}
	return nil
}
