package room

import (
	"slices"
	"strings"
	"unicode"

	"github.com/ergochat/confusables"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// repairName makes a name of what is none: of the name that somebody has at another machine,
// as in CORP\carol, or had here by the rules of an older version. What a name may not have
// becomes a hyphen. It returns an error, and a guest's name, where nothing is left.
func repairName(s string) (string, nameIdentity, error) {
	if i := strings.LastIndexByte(s, '\\'); i >= 0 && s[i+1:] != "" {
		s = s[i+1:]
	}
	words := strings.Fields(strings.Map(repairRune, text.CleanName(keyboardReplacer.Replace(s[:min(len(s), maxNameBytes)]))))
	for i, word := range words {
		words[i] = strings.Trim(word, "-")
	}
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	for _, between := range []string{" ", "-"} { // where the words are the server's
		name := strings.TrimLeft(strings.Join(words, between), nameMarks+" ")
		name = truncateName(name, MaxName)
		if id, err := checkName(name); err == nil {
			return name, id, nil
		}
	}
	id, _ := checkName(fallbackName)
	return fallbackName, id, reply.Refuse(reply.NameNotAllowed)
}

// keyboardReplacer has what keyboards write in names in place of a plain apostrophe, and the joint
// within Persian words, which nobody sees.
var keyboardReplacer = strings.NewReplacer("’", "'", "׳", "'", "\u200c", "")

// repairRune returns what a name has in place of r.
func repairRune(r rune) rune {
	switch {
	case text.IsInvisible(r), text.IsBlank(r):
		return ' '
	case !hasOnlyNameRunes(string(r)) && !unicode.Is(unicode.M, r), strings.ContainsAny(confusables.Skeleton(string(r)), serverSigns):
		return '-'
	}
	return r
}

// repairedName returns a name as it may be shown: one from the store, or from another node, may
// be none by the rules that hold here now.
func repairedName(name string) string {
	if _, err := checkName(name); err == nil {
		return name
	}
	name, _, _ = repairName(name)
	return name
}

// repairUserInfo is mended for who an event is of.
func repairUserInfo(who *UserInfo) *UserInfo {
	if who == nil || repairedName(who.Name) == who.Name {
		return who
	}
	shown := *who
	shown.Name, shown.Verified, shown.folded = repairedName(who.Name), false, nil
	return &shown
}

// repairOwnershipsLocked has those keep a name who owned one that is none any more, and notes
// that they are to be told. The older claim has the first choice.
func (h *Hub) repairOwnershipsLocked(misnamed []ownershipRecord) {
	for _, r := range misnamed {
		name, id, _ := repairName(r.Name)
		if own, other := h.nameOwnersLocked(id, r.Person); own == nil {
			if other != nil || name == fallbackName {
				name, _ = h.nextNameLocked(name)
			}
			o := &nameOwnership{Name: name, Person: r.Person, Since: r.Since, LastUsed: r.LastUsed, Attempts: r.Attempts}
			h.addOwnershipLocked(o)
			h.names.Write(o.identity.key, o)
		}
		h.names.WriteDelete(r.key)
		h.addNameNoticeLocked(r.Person, func(l *nameNotice) { l.Repaired[r.Name] = name })
	}
}
