package sanitize

import (
	"maps"
	"slices"

	"teahouse/internal/names"
	"teahouse/internal/text"
)

// MaxKeyBytes is longer than any fingerprint, network or address.
const MaxKeyBytes = 128

// Text returns a line without what must not reach a terminal, and at most so many bytes of it.
func Text(s string, most int) string { return text.Limit(s, most, text.Clean) }

// Key returns a fingerprint, a person, a network or an address.
func Key[K ~string](s K) K { return K(Text(string(s), MaxKeyBytes)) }

// Names returns the last so many of some names.
func Names(all []string, most int) []string {
	var kept []string
	for _, name := range all[max(0, len(all)-most):] {
		if name = names.Sanitize(name); name != "" {
			kept = append(kept, name)
		}
	}
	return kept
}

// People returns names by person, at most so many.
func People[K ~string](people map[K]string, most int) map[K]string {
	kept := map[K]string{}
	for _, person := range slices.Sorted(maps.Keys(people)) {
		if len(kept) < most && person != "" && Key(person) == person {
			kept[person] = names.Sanitize(people[person])
		}
	}
	return kept
}
