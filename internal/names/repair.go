package names

import (
	"slices"
	"strings"
	"unicode"

	"github.com/ergochat/confusables"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// Repair makes a name of a string that is not one, such as somebody's name on another machine, as
// in CORP\carol, or a name that older rules allowed. Characters that no name may have become
// hyphens. If nothing is left, it returns [Fallback] and a [*reply.Refusal].
func Repair(s string) (string, Identity, error) {
	if i := strings.LastIndexByte(s, '\\'); i >= 0 && s[i+1:] != "" {
		s = s[i+1:]
	}
	words := strings.Fields(strings.Map(repairRune, text.CleanName(PlainSpelling(s[:min(len(s), MaxBytes)]))))
	for i, word := range words {
		words[i] = strings.Trim(word, "-")
	}
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	for _, between := range []string{" ", "-"} { // the second where the words are the server's own
		name := strings.TrimLeft(strings.Join(words, between), nameMarks+" ")
		name = Truncate(name, MaxLength)
		if id, err := Check(name); err == nil {
			return name, id, nil
		}
	}
	id, _ := Check(Fallback)
	return Fallback, id, reply.Refuse(reply.NameNotAllowed)
}

// PlainSpelling returns a name with plain apostrophes in place of those that keyboards write, and
// without the non-joiners within Persian words, which nobody sees.
func PlainSpelling(name string) string { return keyboardReplacer.Replace(name) }

var keyboardReplacer = strings.NewReplacer("’", "'", "׳", "'", "\u200c", "")

// repairRune returns what a repaired name has in place of r.
func repairRune(r rune) rune {
	switch {
	case text.IsInvisible(r), text.IsBlank(r):
		return ' '
	case !hasOnlyNameRunes(string(r)) && !unicode.Is(unicode.M, r), strings.ContainsAny(confusables.Skeleton(string(r)), serverSigns):
		return '-'
	}
	return r
}

// Repaired returns name, or [Repair] of it if it breaks the rules: the store or another node may
// have allowed it by other rules.
func Repaired(name string) string {
	if _, err := Check(name); err == nil {
		return name
	}
	name, _, _ = Repair(name)
	return name
}

// Sanitize returns a name from the store or another node, cleaned and cut to [MaxBytes]. It need
// not pass [Check].
func Sanitize(s string) string { return strings.TrimSpace(text.Limit(s, MaxBytes, text.Clean)) }

// Truncate cuts a name to at most n characters.
func Truncate(name string, n int) string {
	runes := []rune(name)
	if len(runes) <= n {
		return name
	}
	return strings.TrimRight(string(runes[:n]), " ")
}

// TrimHash returns the name of a room, which people write with or without # before it, ASCII or
// full-width.
func TrimHash(name string) string {
	if rest, ok := strings.CutPrefix(name, "#"); ok {
		return rest
	}
	return strings.TrimPrefix(name, "＃")
}
