package room

import (
	"slices"
	"time"
)

// An Arrival is what was before somebody came in, as far as it concerns that
// person.
type Arrival struct {
	Past    []*Event  // the latest of what was said, the oldest first
	Unread  int       // how many of Past, those at its end, were said since Left
	Earlier int       // how many more were said since Left, before Past
	Left    time.Time // when the person was last here; zero where nobody knows
	Letters []*Event  // private messages that wait, the oldest first
}

// Arrive returns what was before u came in, at most so many lines of talk. Who
// has been here with the same key gets what was said since, and a few lines
// before that. A person who is here in another session has missed nothing.
// Letters stay waiting until [User.Delivered]. Only the goroutine that called
// Enter may call it.
func (u *User) Arrive(lines int) (a Arrival, err error) {
	said := u.room.remembered()
	said = said[:u.before(said)]
	if archive := u.house.Archive; archive != nil && u.Key != "" {
		if p, ok := archive.Person(u.Key); ok && !u.house.twice(u) {
			a.Left = p.Seen
		}
		a.Letters, err = archive.Letters(u.Key)
	}
	missed := 0
	if !a.Left.IsZero() {
		at, _ := slices.BinarySearchFunc(said, a.Left, func(e *Event, left time.Time) int {
			if e.Time.After(left) {
				return 1
			}
			return -1
		})
		missed = len(said) - at
	}
	a.Past = said[max(0, len(said)-lines):]
	a.Unread = min(missed, len(a.Past))
	a.Earlier = missed - a.Unread
	return a, err
}

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
	if len(a.Letters) == 0 {
		return nil
	}
	return u.house.Archive.Delivered(u.Key, a.Letters[len(a.Letters)-1])
}

// twice reports whether another user with u's key is here.
func (h *House) twice(u *User) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for other := range h.users {
		if other != u && other.Key == u.Key && !other.visiting && other.end.Load() == 0 {
			return true
		}
	}
	return false
}
