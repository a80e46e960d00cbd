package room

import "errors"

const (
	// mostInBox is how many private messages may wait for one person, mostLetters how many
	// of them from one sender, and mostOfNewcomer from one whose key is new, or from all who
	// have no key together. These fill half of a box, and half of the space for all.
	mostInBox      = 100
	mostLetters    = 10
	mostOfNewcomer = 3

	// mostHandedBack is how many more wait of those which a session was handed and may not
	// have shown: its mailbox, and as many that its writer had taken.
	mostHandedBack = 2 * mailboxSize

	// letterOverhead is what one takes in the store beside its text.
	letterOverhead = 512
)

// write leaves a private message for somebody who is away.
func (u *User) write(name, text string) (*Event, error) {
	var person Person
	known := false
	if key := NameKey(name); key != "" && u.house.Archive != nil {
		person, known = u.house.Archive.Find(key)
	}
	if !known {
		return nil, u.house.cannotBeWritten(name)
	}
	person.Name = mended(person.Name)
	return u.writeTo(person, text)
}

// writeTo is write for a person whom the house knows.
func (u *User) writeTo(person Person, text string) (*Event, error) {
	switch {
	case u.house.onlyFollows(person.Key):
		return nil, refuse(BotIsDeaf, person.Name)
	case u.house.ignoring(person.Key, u.Who()):
		return nil, refuse(Ignored, person.Name)
	}
	e, err := u.letter(&Who{Name: person.Name, Key: person.Key}, text)
	if err != nil {
		return nil, err
	}
	limits, err := u.limitLetter(e)
	if err != nil {
		return nil, err
	}
	switch err := u.house.Archive.Post(e, limits); {
	case errors.Is(err, ErrWaiting) && u.Key == "":
		return nil, refuse(GuestsLetters, person.Name, limits.Pair)
	case errors.Is(err, ErrWaiting):
		return nil, refuse(LettersWait, person.Name, limits.Pair)
	case errors.Is(err, ErrFull):
		return nil, refuse(BoxFull, person.Name)
	case errors.Is(err, ErrNoSpace):
		return nil, refuse(NoSpaceToWait, person.Name)
	case errors.Is(err, ErrUnsure):
		return nil, refuse(MayWait, person.Name)
	case err != nil:
		return nil, refuse(CannotWait, person.Name)
	}
	e.Phrase, e.Args = LetterWaits, []any{person.Name}
	return e, nil
}

// limitLetter returns how much may wait already where a private message of u's is to wait.
// It counts as part of what may come from where u does.
func (u *User) limitLetter(e *Event) (limits PostLimits, err error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	limits = PostLimits{Pair: mostLetters, Box: mostInBox, Part: 1}
	if h.isNewcomerLocked(u.Key) {
		limits = PostLimits{Pair: mostOfNewcomer, Box: mostInBox / 2, Part: 0.5}
	}
	if !h.shareLocked(u, shareOfLetters(), letterSize(e)) {
		return limits, refuse(AddressLetters, e.To.Name)
	}
	return limits, nil
}

// letterSize is what a private message that waits takes of a share.
func letterSize(e *Event) int { return len(e.Text) + letterOverhead }

// postBack has a message wait that was handed to u, and that u may not have seen. Whoever
// sent it takes it for read, so it waits beside those which were told to wait, and counts as
// u's own, who could be cut off on purpose again and again.
func (u *User) postBack(e *Event) error {
	h := u.house
	h.mu.Lock()
	limits := PostLimits{Pair: mostHandedBack, Box: mostInBox + mostHandedBack, Part: 1}
	if h.isNewcomerLocked(u.Key) {
		limits.Part = 0.5
	}
	ok := h.shareLocked(u, shareOfLetters(), letterSize(e))
	h.mu.Unlock()
	if !ok {
		return ErrNoSpace
	}
	return h.Archive.Post(e, limits)
}

// cannotBeWritten returns why nothing waits for a name of which the archive knows
// nobody: a bot may never have said anything.
func (h *House) cannotBeWritten(name string) error {
	h.mu.Lock()
	person, spelled := h.knownLocked(name)
	h.mu.Unlock()
	if h.onlyFollows(person) {
		return refuse(BotIsDeaf, spelled)
	}
	return refuse(NoSuchUser, Clean(name))
}
