package names

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ergochat/confusables"
	"golang.org/x/text/unicode/norm"

	"teahouse/internal/text"
)

// nameMarks are what a name may have besides letters, digits, their combining marks, emoji and
// spaces: the marks that join the parts of a name, and the dots that do so in Chinese, Japanese,
// Catalan and Tibetan. The server writes none of them after or around a name.
const nameMarks = "-_.'·・་"

// serverSigns are the characters that the server writes beside names and at the beginning of its
// lines and that a letter can look like.
const serverSigns = `!*:;,<>"()[]{}#` + VerifiedMark

// hasOnlyNameRunes reports whether a name has only characters that names may have.
func hasOnlyNameRunes(name string) bool {
	var base, prev rune
	for _, r := range name {
		switch {
		case text.IsBlank(r), isToneMark(r):
			return false
		case unicode.IsLetter(r), unicode.Is(unicode.Nd, r), r == '〇', r == ' ', strings.ContainsRune(nameMarks, r):
		case isEmoji(r):
		case r == text.ZeroWidthJoiner, r == text.EmojiStyle, r >= 0xE0020 && r <= text.LastTag: // CleanName has left them in an emoji
			prev = r
			continue
		case r == '\u20E3' && prev == text.EmojiStyle && unicode.Is(unicode.Nd, base): // a keycap
		case unicode.Is(unicode.M, r) && !unicode.Is(unicode.Me, r):
			prev = r
			continue
		default:
			return false
		}
		base, prev = r, r
	}
	return true
}

// hasValidStart reports whether a name begins with a letter, a digit or an emoji, as the
// server's own lines never do.
func hasValidStart(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return r != ' ' && !strings.ContainsRune(nameMarks, r)
}

// findDeceptive returns the first letter or mark of a name that could be taken for one of the
// server's signs, as in "ǃ You are banned" or "alice꞉ yes", or 0. Within a word of its own script
// it is a letter like any other, as in Sanskrit, Inuktitut and Lisu.
func findDeceptive(name string) rune {
	words := strings.Split(name, " ")
	for i, word := range words {
		if stray := cmp.Or(deceptiveMark(word), deceptiveLetter(word)); stray != 0 {
			return stray
		}
		for _, r := range word {
			if unicode.IsLetter(r) || unicode.Is(unicode.M, r) {
				if looks := skeletonOf(r); strings.ContainsAny(looks, serverSigns) && !fitsWordScript(r, looks, word, i < len(words)-1) {
					return r
				}
			}
		}
	}
	return 0
}

// deceptiveMark returns a combining mark that stands on no letter, or in a word without an earlier
// letter of its script, or 0. Many scripts have a mark that is drawn as a colon, and so is a dot
// below another one.
func deceptiveMark(word string) rune {
	var script *unicode.RangeTable
	var base rune
	for i, r := range word {
		switch {
		case r == text.ZeroWidthJoiner, r == text.ZeroWidthNonJoiner, r == text.EmojiStyle, r == '\u20E3':
			continue
		case !unicode.Is(unicode.M, r):
			base = r
			continue
		case !unicode.IsLetter(base) && !unicode.Is(unicode.Nd, base):
			return r
		case unicode.Is(unicode.Inherited, r):
			continue
		}
		if script == nil || !unicode.Is(script, r) {
			script = scriptOf(r)
		}
		if script != nil && !strings.ContainsFunc(word[:i], func(other rune) bool { return unicode.IsLetter(other) && unicode.Is(script, other) }) {
			return r
		}
	}
	return 0
}

// deceptiveLetter returns a letter of a script that few people know, in a word that has letters of
// other scripts, or 0. Few would recognize it, and Unicode's table is incomplete there, so it may
// well be drawn as a sign.
func deceptiveLetter(word string) rune {
	for _, r := range word {
		if r < utf8.RuneSelf || !unicode.IsLetter(r) || unicode.In(r, commonScripts()...) {
			continue
		}
		script := scriptOf(r)
		if script != nil && strings.ContainsFunc(word, func(other rune) bool { return unicode.IsLetter(other) && !unicode.Is(script, other) }) {
			return r
		}
	}
	return 0
}

// commonScripts returns the scripts in everyday use, by table 5 of Unicode's UAX #31, and those of
// characters that several scripts share.
func commonScripts() []*unicode.RangeTable {
	return []*unicode.RangeTable{
		unicode.Common, unicode.Inherited, unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Cyrillic, unicode.Arabic,
		unicode.Greek, unicode.Hangul, unicode.Hebrew, unicode.Devanagari, unicode.Thai, unicode.Bengali, unicode.Tamil, unicode.Telugu,
		unicode.Armenian, unicode.Bopomofo, unicode.Ethiopic, unicode.Georgian, unicode.Gujarati, unicode.Gurmukhi, unicode.Kannada,
		unicode.Khmer, unicode.Lao, unicode.Malayalam, unicode.Myanmar, unicode.Oriya, unicode.Sinhala, unicode.Thaana, unicode.Tibetan,
	}
}

// skeletonOf returns what a letter looks like: by Unicode's table or, for letters that fonts draw as
// signs though the table does not say so, by our own.
func skeletonOf(r rune) string {
	switch r {
	case 'ะ', 'ະ', '\u1C7A', '\u2D42', '\u2D57':
		return ":"
	case '\uA4FC':
		return ";"
	case 'レ', 'ﾚ', 'ᵛ', 'ⱽ', 'ᵥ', 'ᶹ': // in Japan a handwritten check looks like the first
		return VerifiedMark
	}
	return confusables.Skeleton(string(r))
}

// isToneMark reports whether r is a sign of phonetic or tone notation. Such signs look like commas,
// dashes, checks or exclamation marks, and nobody's name has one.
func isToneMark(r rune) bool {
	return r >= 0x02C6 && r <= 0x02D1 || r == 0x02EC || r == 0x2E2F || r >= 0xA717 && r <= 0xA71F || r == 0xA788
}

// fitsWordScript reports whether r, which looks like a sign, is read as a letter because of the
// word around it. A letter that looks like a colon is not at the end of a word that another word
// follows, except for a vowel of Thai and Lao; one that looks like ! or * never is.
func fitsWordScript(r rune, looks, word string, more bool) bool {
	last, _ := utf8.DecodeLastRuneInString(word)
	switch {
	case strings.ContainsAny(looks, "!*"):
		return false
	case looks == VerifiedMark && unicode.Is(unicode.Latin, r): // a small v among letters as small
		return strings.ContainsFunc(word, func(other rune) bool { return other != r && !norm.NFKC.IsNormalString(string(other)) })
	case more && last == r && looks != VerifiedMark && !unicode.In(r, unicode.Thai, unicode.Lao):
		return false
	}
	script := scriptOf(r)
	return script != nil && slices.ContainsFunc([]rune(word), func(other rune) bool {
		return other != r && unicode.Is(script, other) && unicode.IsLetter(other) && !strings.ContainsAny(skeletonOf(other), serverSigns)
	})
}

// scriptOf returns the script of a letter, or nil if several scripts share it.
func scriptOf(r rune) *unicode.RangeTable {
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return table
		}
	}
	return nil
}

// isEmoji reports whether r is an emoji that a name may have: those of Unicode's emoji-data that
// do not look like a sign of the server, as checks, gears, stars drawn in lines, exclamation marks,
// dashes and arrows do.
func isEmoji(r rune) bool {
	switch {
	case r >= 0x1F300 && r <= 0x1F64F, r >= 0x1F680 && r <= 0x1F6FF:
		return !(r >= 0x1F5D5 && r <= 0x1F5D9 || r >= 0x1F5F4 && r <= 0x1F5F9)
	case r >= 0x1F900 && r <= 0x1F9FF, r >= 0x1FA70 && r <= 0x1FAFF:
		return true // unassigned code points there will be emoji, too
	case r >= 0x1F1E6 && r <= 0x1F1FF, r == 0x1F004, r == 0x1F0CF, r == 0x1F18E, r >= 0x1F191 && r <= 0x1F19A, r >= 0x1F7E0 && r <= 0x1F7EB:
		return true
	case r < 0x231A || r > 0x2B55:
		return false
	}
	return strings.ContainsRune(bmpEmoji, r)
}

// bmpEmoji are the emoji of the Basic Multilingual Plane.
const bmpEmoji = "⌚⌛⏩⏪⏫⏬⏰⏱⏲⏳" +
	"☀☁☂☃☄☎☔☕☘☝☠☢☣☦☪☮☯☸☹☺♀♂♈♉♊♋♌♍♎♏♐♑♒♓♟♠♣♥♦♨♻♾♿⚒⚓⚔⚕⚖⚗⚛⚜⚠⚡⚧⚪⚫⚰⚱⚽⚾⛄⛅⛈⛎⛏⛑⛓⛔⛩⛪⛰⛱⛲⛳⛴⛵⛷⛸⛹⛺⛽" +
	"✂✈✉✊✋✌✍✏✒✝✡✨❄❌❎❓❔❤➿➰⬛⬜⭐⭕"
