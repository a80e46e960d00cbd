package room

import (
	"cmp"
	"slices"
	"strings"

	"teahouse/internal/names"
)

// A nameIndex lists the online users in the order of their lower-case names, to find names by
// prefix without looking at all of them.
type nameIndex []*user

// find returns the index of a lower-case name, or where it would be.
func (i nameIndex) find(lower string) int {
	at, _ := slices.BinarySearchFunc(i, lower, func(u *user, lower string) int { return cmp.Compare(u.indexedName, lower) })
	return at
}

func (i *nameIndex) add(u *user) {
	i.remove(u)
	u.indexedName = strings.ToLower(u.info.Load().Name)
	*i = slices.Insert(*i, i.find(u.indexedName), u)
}

func (i *nameIndex) remove(u *user) {
	for at := i.find(u.indexedName); at < len(*i) && (*i)[at].indexedName == u.indexedName; at++ {
		if (*i)[at] == u {
			*i = slices.Delete(*i, at, at+1)
			return
		}
	}
}

// withPrefix returns the names that begin with what was typed, up to maxCompletions, except that of
// one user.
func (i nameIndex) withPrefix(typed string, but *user) (completions []string) {
	if len(typed) > names.MaxBytes {
		return nil
	}
	lower := strings.ToLower(typed)
	for _, u := range i[i.find(lower):] {
		if len(completions) == maxCompletions || !strings.HasPrefix(u.indexedName, lower) {
			break
		}
		if u != but {
			completions = append(completions, u.info.Load().Name)
		}
	}
	return completions
}
