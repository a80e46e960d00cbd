package room

import (
	"cmp"
	"slices"
	"strings"

	"teahouse/internal/names"
)

// A nameIndex lists the online users in the order of their lower-case names, to find names by
// prefix without looking at all of them.
type nameIndex []*User

// find returns the index of a lower-case name, or where it would be.
func (i nameIndex) find(lower string) int {
	at, _ := slices.BinarySearchFunc(i, lower, func(u *User, lower string) int { return cmp.Compare(u.indexedName, lower) })
	return at
}

func (i *nameIndex) add(u *User) {
	i.remove(u)
	u.indexedName = strings.ToLower(u.info.Load().Name)
	*i = slices.Insert(*i, i.find(u.indexedName), u)
}

func (i *nameIndex) remove(u *User) {
	for at := i.find(u.indexedName); at < len(*i) && (*i)[at].indexedName == u.indexedName; at++ {
		if (*i)[at] == u {
			*i = slices.Delete(*i, at, at+1)
			return
		}
	}
}

// WithPrefix returns the names that begin with what was typed, up to MaxCompletions, except that of
// one user.
func (i nameIndex) WithPrefix(typed string, but *User) (completions []string) {
	if len(typed) > names.MaxBytes {
		return nil
	}
	lower := strings.ToLower(typed)
	for _, u := range i[i.find(lower):] {
		if len(completions) == MaxCompletions || !strings.HasPrefix(u.indexedName, lower) {
			break
		}
		if u != but {
			completions = append(completions, u.info.Load().Name)
		}
	}
	return completions
}

// MaxCompletions limits how many completions of a word are offered.
const MaxCompletions = 64
