package room

import (
	"errors"
	"strconv"
	"time"
)

// mostOperators is how many operators there may be, beside those in files.
const mostOperators = 1000

// A grant says that somebody was given something: to be an operator, to enter a
// house that is not open to everybody, a code to enter.
type grant struct {
	Name  string    `json:"name,omitempty"`
	By    string    `json:"by"`
	Key   string    `json:"key,omitempty"` // of who gave a code
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // of a code
}

// isOperatorLocked reports whether a person is an operator, by whichever of its
// keys.
func (h *House) isOperatorLocked(person string) bool {
	return person != "" && (h.operators[person] != nil || h.hasKeyLocked(person, h.Operator))
}

// IsOperator reports whether a key is an operator's.
func (h *House) IsOperator(fingerprint string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.isOperatorLocked(h.personLocked(fingerprint))
}

func (u *User) isOperator() bool {
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	return u.house.isOperatorLocked(u.Key)
}

// hasOperatorLocked reports whether there is an operator, by whatever way.
func (h *House) hasOperatorLocked() bool {
	return len(h.operators) > 0 || h.OperatorKeys != nil && h.OperatorKeys() > 0
}

// isLastOperatorLocked reports whether a person, whom operators made one, is the only
// operator.
func (h *House) isLastOperatorLocked(person string) bool {
	return len(h.operators) == 1 && h.operators[person] != nil && (h.OperatorKeys == nil || h.OperatorKeys() == 0)
}

// OfferOperator returns a code that makes an operator of the first who types /op
// and the code, as long as there is none; where there is one it returns "". No code of
// before counts any more.
func (h *House) OfferOperator() (code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.opCode = ""; h.hasOperatorLocked() {
		return ""
	}
	h.opCode = newCode()
	return spell(h.opCode)
}

// op does /op NAME and /op CODE.
func (u *User) op(whom string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	first, err := u.becomeFirstLocked(whom)
	person, name := u.Key, u.Who().Name
	if !first && err == nil {
		person, name, err = u.makeOperatorLocked(whom)
	}
	p := h.people[person]
	h.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case first:
		u.audit("op", name+" ("+person+")", "by the code in the log")
		return notice(YouAreOperator), nil
	}
	u.audit("op", name+" ("+person+")", "")
	if p != nil {
		if to := h.listener(p); to != nil && to != u {
			to.post(notice(YouAreOperator))
		}
	}
	return notice(MadeOperator, name), nil
}

// makeOperatorLocked makes an operator of the person of a name, if u, who says so, is one.
func (u *User) makeOperatorLocked(whom string) (person, name string, err error) {
	h := u.house
	person, name = h.personOfLocked(whom)
	switch {
	case person == "" && codeShape.MatchString(whom):
		return "", "", refuse(NoOpCode)
	case !h.isOperatorLocked(u.Key):
		return "", "", refuse(OperatorsOnly)
	case person == "":
		return "", "", refuse(NoKeyKnown, Clean(whom))
	case len(h.operators) >= mostOperators && h.operators[person] == nil:
		return "", "", refuse(TooManyPenalties, mostOperators)
	}
	putLocked(h, tableOperators, h.operators, person, &grant{Name: name, By: u.Who().Name, Since: time.Now()})
	return person, name, nil
}

// becomeFirstLocked makes u the first operator, by the code in the log. It reports
// false for another code.
func (u *User) becomeFirstLocked(code string) (bool, error) {
	h := u.house
	switch {
	case h.opCode == "" || canonical(code) != h.opCode || h.hasOperatorLocked():
		return false, nil
	case u.Key == "":
		return false, refuse(NeedKey)
	}
	h.opCode = ""
	putLocked(h, tableOperators, h.operators, u.Key, &grant{Name: u.Who().Name, By: "the code in the log", Since: time.Now()})
	return true, nil
}

// deop does /deop. The last operator stays one: nobody could make another.
func (u *User) deop(whom string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	person, name, err := u.deopLocked(whom)
	p, still := h.people[person], h.isOperatorLocked(person)
	h.mu.Unlock()
	if err != nil {
		return nil, err
	}
	u.audit("deop", name+" ("+person+")", "")
	if still {
		return notice(OperatorStill, name), nil
	}
	if p != nil {
		if to := h.listener(p); to != nil && to != u {
			to.post(notice(NotOperatorNow))
		}
	}
	return notice(OperatorNoMore, name), nil
}

func (u *User) deopLocked(whom string) (person, name string, err error) {
	h := u.house
	person, name = h.operatorLocked(whom)
	switch {
	case !h.isOperatorLocked(u.Key): // another one has just seen to that
		err = refuse(OperatorsOnly)
	case h.operators[person] == nil && h.isOperatorLocked(person):
		err = refuse(OperatorByFile, name)
	case h.operators[person] == nil:
		err = refuse(IsNoOperator, Clean(whom))
	case person == u.Key && h.isLastOperatorLocked(person):
		err = refuse(LastOperator, name)
	default:
		putLocked(h, tableOperators, h.operators, person, nil)
	}
	return person, name, err
}

// operatorLocked returns the person that is meant where an operator is named: the
// one whose name it is; or else who was made an operator under that name, the
// latest of them, or is the key.
func (h *House) operatorLocked(whom string) (person, name string) {
	person, name = h.personOfLocked(whom)
	if h.isOperatorLocked(person) {
		return person, name
	}
	var latest time.Time
	for key, g := range h.operators {
		if (key == whom || NameKey(g.Name) == NameKey(whom)) && g.Since.After(latest) {
			person, name, latest = key, g.Name, g.Since
		}
	}
	return person, name
}

// kick does /kick.
func (u *User) kick(args []string) (*Event, error) {
	p := u.find(args[0])
	switch {
	case p == nil:
		return nil, refuse(NoSuchUser, Clean(args[0]))
	case p == u.presence || p.person() != "" && p.person() == u.Key:
		return nil, refuse(KickedSelf)
	}
	reason := ""
	if len(args) > 1 {
		reason = shortenReason(args[1])
	}
	farewell, why := GoneKicked, []any(nil)
	if reason != "" {
		farewell, why = GoneKickedWhy, []any{reason}
	}
	h := u.house
	h.mu.Lock()
	name := p.who.Load().Name
	var elsewhere []*User
	for _, s := range append(h.followingLocked(p), p.sessions...) {
		if s.neighbour != nil {
			elsewhere = append(elsewhere, s)
			continue
		}
		s.leaveLocked(Kicked, farewell, why...)
	}
	h.mu.Unlock()
	u.house.wakeForMove()
	u.audit("kick", name, reason)
	for _, s := range elsewhere {
		if err := s.neighbour.home.SendAway(s.id, Kicked, farewell, why); errors.Is(err, ErrNotReached) {
			return nil, refuse(NotSentAway, name)
		}
	}
	return notice(KickedNow, name), nil
}

// Alert tells the operators who are here something. It does not wait; who has too
// much to read already is not told.
func (h *House) Alert(p Phrase, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alertLocked(Sentence{p, args})
}

// alertLocked tells the operators who are here something, and returns them.
func (h *House) alertLocked(s Sentence) (told []*User) {
	for u := range h.users {
		if !u.visiting && h.isOperatorLocked(u.Key) {
			u.post(notice(s.Phrase, s.Args...))
			told = append(told, u)
		}
	}
	return told
}

// number reads how many, within bounds.
func number(s string, otherwise, least, most int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, refuse(NoNumber, least, most)
	}
	return n, nil
}
