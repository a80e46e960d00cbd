package room

import (
	"cmp"
	"slices"
	"strings"

	"teahouse/internal/names"
)

// A nameIndex has those who are here in the order of their names in small letters, so that
// those whose names begin in some way are found without a look at all others.
type nameIndex []*user

// find returns where a name in small letters is, or would be.
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

// withPrefix returns some of those whose names begin with what somebody typed, but for
// one: as many as are offered.
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
