package room

import (
	"slices"
	"strconv"
	"time"
)

// A grant says that somebody was given something: to be an operator, to enter a
// house that is not open to everybody, a code to enter.
type grant struct {
	Name  string    `json:"name,omitempty"`
	By    string    `json:"by"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // of a code
}

// isOperatorLocked reports whether a person is an operator, who came with a key.
func (h *House) isOperatorLocked(person, fingerprint string) bool {
	switch {
	case person == "":
		return false
	case h.operators[person] != nil:
		return true
	}
	return h.Operator != nil && h.Operator(fingerprint)
}

func (u *User) isOperator() bool {
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	return u.house.isOperatorLocked(u.Key, u.visitor.Key)
}

// OfferOperator returns a code that makes an operator of the first who types /op
// and the code. It is to be asked for where there is no operator: the caller
// knows whether there is one by key; where operators have made one, it returns
// "".
func (h *House) OfferOperator() (code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.operators) > 0 {
		return ""
	}
	h.opCode = newCode()
	return spell(h.opCode)
}

// op does /op NAME and /op CODE.
func (u *User) op(whom string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	if h.opCode != "" && canonical(whom) == h.opCode {
		defer h.mu.Unlock()
		return u.becomeOperatorLocked()
	}
	if !h.isOperatorLocked(u.Key, u.visitor.Key) {
		h.mu.Unlock()
		return nil, refuse(OperatorsOnly)
	}
	person, name := h.personOfLocked(whom)
	if person == "" {
		h.mu.Unlock()
		return nil, refuse(NoKeyKnown, Clean(whom))
	}
	h.grantLocked(tableOperators, h.operators, person, &grant{Name: name, By: u.Who().Name, Since: time.Now()})
	p := h.people[person]
	h.mu.Unlock()
	u.audit("op", name+" ("+person+")", "")
	if p != nil {
		if to := h.listener(p); to != nil && to != u {
			to.post(notice(YouAreOperator))
		}
	}
	return notice(MadeOperator, name), nil
}

// becomeOperatorLocked makes u the first operator.
func (u *User) becomeOperatorLocked() (*Event, error) {
	if u.Key == "" {
		return nil, refuse(NeedKey)
	}
	h := u.house
	h.opCode = ""
	h.grantLocked(tableOperators, h.operators, u.Key, &grant{Name: u.Who().Name, By: "the code in the log", Since: time.Now()})
	return notice(YouAreOperator), nil
}

// personOfLocked returns whose a name is, or who is here under it with a key.
func (h *House) personOfLocked(name string) (person, spelled string) {
	if p := h.online[NameKey(name)]; p != nil {
		who := p.who.Load()
		return who.Key, who.Name
	}
	return h.knownLocked(name)
}

func (h *House) grantLocked(table string, grants map[string]*grant, key string, g *grant) {
	grants[key] = g
	h.writeLocked(table, key, g)
}

// deop does /deop.
func (u *User) deop(whom string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	person, name := h.personOfLocked(whom)
	for key, g := range h.operators {
		if g.Name == whom || key == whom {
			person, name = key, g.Name
		}
	}
	if h.operators[person] == nil {
		listed := person != "" && slices.ContainsFunc(h.keysLocked(person), func(k string) bool { return h.Operator != nil && h.Operator(k) })
		h.mu.Unlock()
		if listed {
			return nil, refuse(OperatorByFile, name)
		}
		return nil, refuse(IsNoOperator, Clean(whom))
	}
	delete(h.operators, person)
	h.writeLocked(tableOperators, person, nil)
	h.mu.Unlock()
	u.audit("deop", name+" ("+person+")", "")
	return notice(OperatorNoMore, name), nil
}

// kick does /kick.
func (u *User) kick(args []string) (*Event, error) {
	p := u.find(args[0])
	if p == nil {
		return nil, refuse(NoSuchUser, Clean(args[0]))
	}
	reason := ""
	if len(args) > 1 {
		reason = shortenReason(args[1])
	}
	h := u.house
	h.mu.Lock()
	sessions := slices.Clone(p.sessions)
	name := p.who.Load().Name
	h.mu.Unlock()
	u.audit("kick", name, reason)
	for _, s := range sessions {
		if reason == "" {
			s.leave(Kicked, GoneKicked)
		} else {
			s.leave(Kicked, GoneKickedWhy, reason)
		}
	}
	return notice(KickedNow, name), nil
}

// Alert tells the operators who are here something. It does not wait; who has too
// much to read already is not told.
func (h *House) Alert(p Phrase, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for u := range h.users {
		if !u.visiting && h.isOperatorLocked(u.Key, u.visitor.Key) {
			u.post(notice(p, args...))
		}
	}
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
