package room

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// mostActs is how many acts of operators are kept.
	mostActs = 5000

	// mostOwnersActs is how many acts of rooms' owners are kept beside those, and
	// mostOneOwners how many of them are one person's. With one more that person's oldest is
	// dropped, or the oldest of the person who has the most.
	mostOwnersActs = 1000
	mostOneOwners  = 50

	// shownActs is how many /audit shows unless asked for another number.
	shownActs = 20
)

// An Act is what an operator did, or the owner of a room, as it is kept.
type Act struct {
	N      uint64    `json:"n"` // in the order in which things were done
	Time   time.Time `json:"time"`
	By     string    `json:"by"`
	Key    string    `json:"key"`
	What   string    `json:"what"` // the command
	Whom   string    `json:"whom,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Owner  bool      `json:"owner,omitempty"` // by who owns a room and is no operator
}

// acts are the acts that are kept, the oldest first. Operators' and owners' are apart, so that
// no owner can have forgotten what an operator did.
type acts struct {
	operators []*Act
	owners    []*Act
}

// like returns the list that an act belongs in.
func (l *acts) like(a *Act) *[]*Act {
	if a.Owner {
		return &l.owners
	}
	return &l.operators
}

// put adds an act, or takes the place of the one with the same number.
func (l *acts) put(a *Act) {
	list := l.like(a)
	at, found := slices.BinarySearchFunc(*list, a, func(x, y *Act) int { return cmp.Compare(x.N, y.N) })
	if found {
		(*list)[at] = a
		return
	}
	*list = slices.Insert(*list, at, a)
}

// remove drops the act that is written under a key.
func (l *acts) remove(key string) {
	for _, list := range []*[]*Act{&l.operators, &l.owners} {
		*list = slices.DeleteFunc(*list, func(a *Act) bool { return actKey(a.N) == key })
	}
}

// last returns the number of the latest act, 0 where there is none.
func (l *acts) last() (n uint64) {
	for _, list := range [][]*Act{l.operators, l.owners} {
		if len(list) > 0 {
			n = max(n, list[len(list)-1].N)
		}
	}
	return n
}

// excess returns an act that is one too many, or nil. Person returns whose a key is.
func (l *acts) excess(person func(key string) string) *Act {
	if len(l.operators) > mostActs {
		return l.operators[0]
	}
	counts := map[string]int{}
	most := ""
	for _, a := range l.owners {
		p := person(a.Key)
		if counts[p]++; counts[p] > counts[most] {
			most = p
		}
	}
	if counts[most] <= mostOneOwners && len(l.owners) <= mostOwnersActs {
		return nil
	}
	return l.owners[slices.IndexFunc(l.owners, func(a *Act) bool { return person(a.Key) == most })]
}

// audit writes down what u did as an operator. The caller holds no lock.
func (u *User) audit(what, whom, detail string) {
	u.house.audit(u.act(what, whom, detail))
}

// auditOwner writes down what u did as the owner of a room, or as an operator where it is
// one. The caller holds no lock.
func (u *User) auditOwner(what, whom, detail string) {
	a := u.act(what, whom, detail)
	a.Owner = !u.isOperator()
	u.house.audit(a)
}

func (u *User) act(what, whom, detail string) Act {
	return Act{By: u.Who().Name, Key: u.visitor.Key, What: what, Whom: whom, Detail: detail}
}

// audit writes down an act, which gets its number and time here. Who is told of it by
// [House.Audited] may take long, and then holds up nobody but who did it.
func (h *House) audit(a Act) {
	h.mu.Lock()
	a.N, a.Time = h.nextActLocked(), time.Now()
	h.acts.put(&a)
	h.writeLocked(tableAudit, actKey(a.N), &a)
	for old := h.acts.excess(h.personLocked); old != nil; old = h.acts.excess(h.personLocked) {
		h.acts.remove(actKey(old.N))
		h.writeLocked(tableAudit, actKey(old.N), nil)
	}
	h.mu.Unlock()
	if h.Audited != nil {
		h.Audited(a)
	}
}

// summary returns what was done, and to whom.
func (a *Act) summary() string {
	words := slices.DeleteFunc([]string{a.What, a.Whom, a.Detail}, func(s string) bool { return s == "" })
	return strings.Join(words, " ")
}

func actKey(n uint64) string { return strconv.FormatUint(n, 10) }

// listActs does /audit and /audit rooms.
func (u *User) listActs(args []string) (*Event, error) {
	h := u.house
	list, none, typed := &h.acts.operators, NoActs, strings.Join(args, " ")
	if first, rest := word(typed); first == "rooms" {
		list, none, typed = &h.acts.owners, NoOwnersActs, rest
	}
	most, err := number(typed, shownActs, 1, mostActs)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []Sentence
	for _, a := range (*list)[max(0, len(*list)-most):] {
		lines = append(lines, Sentence{ActLine, []any{Moment(a.Time), a.By, a.summary()}})
	}
	if len(lines) == 0 {
		lines = append(lines, Sentence{none, nil})
	}
	return answer(lines)
}
