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

	// shownActs is how many /audit shows unless asked for another number.
	shownActs = 20
)

// An Act is what an operator did, as it is kept.
type Act struct {
	N      uint64    `json:"n"` // in the order in which things were done
	Time   time.Time `json:"time"`
	By     string    `json:"by"`
	Key    string    `json:"key"`
	What   string    `json:"what"` // the command
	Whom   string    `json:"whom,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

func (h *House) sortActsLocked() {
	slices.SortFunc(h.acts, func(a, b *Act) int { return cmp.Compare(a.N, b.N) })
	if n := len(h.acts); n > 0 {
		h.lastAct = h.acts[n-1].N
	}
}

// audit writes down what u did as an operator. The caller holds no lock.
func (u *User) audit(what, whom, detail string) {
	u.house.audit(Act{By: u.Who().Name, Key: u.visitor.Key, What: what, Whom: whom, Detail: detail})
}

// audit writes down an act, which gets its number and time here. Who is told of it by
// [House.Audited] may take long, and then holds up nobody but who did it.
func (h *House) audit(a Act) {
	h.mu.Lock()
	a.N, a.Time = h.nextActLocked(), time.Now()
	h.acts = append(h.acts, &a)
	h.writeLocked(tableAudit, actKey(a.N), &a)
	for len(h.acts) > mostActs {
		h.writeLocked(tableAudit, actKey(h.acts[0].N), nil)
		h.acts = h.acts[1:]
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

// listActs does /audit.
func (u *User) listActs(most int) (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []Sentence
	for _, a := range h.acts[max(0, len(h.acts)-most):] {
		lines = append(lines, Sentence{ActLine, []any{Moment(a.Time), a.By, a.summary()}})
	}
	if len(lines) == 0 {
		lines = append(lines, Sentence{NoActs, nil})
	}
	return answer(lines)
}
