package roster

import (
	"cmp"
	"slices"
	"strings"

	"teahouse/internal/names"
)

// A nameIndex lists the online users in the order of their lower-case names, to find names by
// prefix without looking at all of them.
type nameIndex[U User] []U

// find returns the index of a lower-case name, or where it would be.
func (i nameIndex[U]) find(lower string) int {
	at, _ := slices.BinarySearchFunc(i, lower, func(u U, lower string) int { return cmp.Compare(u.RosterEntry().indexed, lower) })
	return at
}

func (i *nameIndex[U]) add(u U) {
	i.remove(u)
	u.RosterEntry().indexed = strings.ToLower(u.RosterEntry().Info().Name)
	*i = slices.Insert(*i, i.find(u.RosterEntry().indexed), u)
}

func (i *nameIndex[U]) remove(u U) {
	for at := i.find(u.RosterEntry().indexed); at < len(*i) && (*i)[at].RosterEntry().indexed == u.RosterEntry().indexed; at++ {
		if (*i)[at] == u {
			*i = slices.Delete(*i, at, at+1)
			return
		}
	}
}

// WithPrefix returns the names that begin with what was typed, up to MaxCompletions, except that of
// one user.
func (i nameIndex[U]) WithPrefix(typed string, but U) (completions []string) {
	if len(typed) > names.MaxBytes {
		return nil
	}
	lower := strings.ToLower(typed)
	for _, u := range i[i.find(lower):] {
		if len(completions) == MaxCompletions || !strings.HasPrefix(u.RosterEntry().indexed, lower) {
			break
		}
		if u != but {
			completions = append(completions, u.RosterEntry().Info().Name)
		}
	}
	return completions
}

// MaxCompletions limits how many completions of a word are offered.
const MaxCompletions = 64
