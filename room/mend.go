package room

import (
	"slices"
	"strings"
	"unicode"

	"github.com/ergochat/confusables"
)

// mendName makes a name of what is none: of the name that somebody has at another machine,
// as in CORP\carol, or had here by the rules of an older version. What a name may not have
// becomes a hyphen. It returns an error, and a guest's name, where nothing is left.
func mendName(s string) (string, identity, error) {
	if i := strings.LastIndexByte(s, '\\'); i >= 0 && s[i+1:] != "" {
		s = s[i+1:]
	}
	words := strings.Fields(strings.Map(nameRune, cleanName(asTyped.Replace(s[:min(len(s), maxNameBytes)]))))
	for i, word := range words {
		words[i] = strings.Trim(word, "-")
	}
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	for _, between := range []string{" ", "-"} { // where the words are the server's
		name := strings.TrimLeft(strings.Join(words, between), nameMarks+" ")
		name = shorten(name, MaxName)
		if id, err := checkName(name); err == nil {
			return name, id, nil
		}
	}
	id, _ := checkName(fallbackName)
	return fallbackName, id, refuse(NameNotAllowed)
}

// asTyped has what keyboards write in names in place of a plain apostrophe, and the joint
// within Persian words, which nobody sees.
var asTyped = strings.NewReplacer("’", "'", "׳", "'", "\u200c", "")

// nameRune returns what a name has in place of r.
func nameRune(r rune) rune {
	switch {
	case isBlank(r), isBlankGlyph(r):
		return ' '
	case !lettersOnly(string(r)) && !unicode.Is(unicode.M, r), strings.ContainsAny(confusables.Skeleton(string(r)), serverMarks):
		return '-'
	}
	return r
}

// mended returns a name as it may be shown: one from the store, or from another node, may
// be none by the rules that hold here now.
func mended(name string) string {
	if _, err := checkName(name); err == nil {
		return name
	}
	name, _, _ = mendName(name)
	return name
}

// mendWho is mended for who an event is of.
func mendWho(who *Who) *Who {
	if who == nil || mended(who.Name) == who.Name {
		return who
	}
	shown := *who
	shown.Name, shown.Verified, shown.folded = mended(who.Name), false, nil
	return &shown
}

// mendClaimsLocked has those keep a name who owned one that is none any more, and notes
// that they are to be told. The older claim has the first choice.
func (h *House) mendClaimsLocked(misnamed []writtenClaim) {
	for _, r := range misnamed {
		name, id, _ := mendName(r.Name)
		if own, other := h.claimedLocked(id, r.Person); own == nil {
			if other != nil || name == fallbackName {
				name, _ = h.nextNameLocked(name)
			}
			c := &claim{Name: name, Person: r.Person, Since: r.Since, Seen: r.Seen, Tries: r.Tries}
			h.addClaimLocked(c)
			h.writeLocked(tableNames, c.identity.key, c)
		}
		h.writeLocked(tableNames, r.key, nil)
		h.noteLocked(r.Person, func(l *lost) { l.Mended[r.Name] = name })
	}
}
