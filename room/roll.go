package room

import (
	"cmp"
	"slices"
	"strings"
)

// A roll has those who are here in the order of their names in small letters, so that
// those whose names begin in some way are found without a look at all others.
type roll []*presence

// find returns where a name in small letters is, or would be.
func (r roll) find(lower string) int {
	at, _ := slices.BinarySearchFunc(r, lower, func(p *presence, lower string) int { return cmp.Compare(p.enrolled, lower) })
	return at
}

func (r *roll) add(p *presence) {
	r.remove(p)
	p.enrolled = strings.ToLower(p.who.Load().Name)
	*r = slices.Insert(*r, r.find(p.enrolled), p)
}

func (r *roll) remove(p *presence) {
	for at := r.find(p.enrolled); at < len(*r) && (*r)[at].enrolled == p.enrolled; at++ {
		if (*r)[at] == p {
			*r = slices.Delete(*r, at, at+1)
			return
		}
	}
}

// beginning returns some of those whose names begin with what somebody typed, but for
// one: as many as are offered.
func (r roll) beginning(typed string, but *presence) (names []string) {
	if len(typed) > maxNameBytes {
		return nil
	}
	lower := strings.ToLower(typed)
	for _, p := range r[r.find(lower):] {
		if len(names) == mostOptions || !strings.HasPrefix(p.enrolled, lower) {
			break
		}
		if p != but {
			names = append(names, p.who.Load().Name)
		}
	}
	return names
}
