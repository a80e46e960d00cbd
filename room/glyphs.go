package room

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

// What a name may have beside letters, digits, their combining marks and emoji: a space,
// the marks that join the parts of a name, and the dots that do so in Chinese, Japanese,
// Catalan and Tibetan. Nothing that the server writes after or around a name is among them.
const nameMarks = "-_.'·・་"

// serverSigns are what the server writes beside names and at the beginning of its lines,
// as far as a letter can look like one of them.
const serverSigns = `!*:;,<>"()[]{}#` + VerifiedMark

// hasOnlyNameRunes reports whether a name is made of what a name may have.
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

// hasValidStart reports whether a name begins as people's lines do, and the server's never:
// with a letter, a digit or an emoji.
func hasValidStart(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return r != ' ' && !strings.ContainsRune(nameMarks, r)
}

// findDeceptive returns the first letter or mark of a name that could be taken for one of the
// server's marks, as in "ǃ You are banned" or "alice꞉ yes", or 0. In the midst of a word of
// its own script it is a letter like others: so in Sanskrit, Inuktitut and Lisu.
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

// deceptiveMark returns a combining mark that stands on no letter, or in a word without a letter
// of its script before, or 0: many scripts have a mark that is drawn as a colon, and a dot
// with another above is one.
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

// deceptiveLetter returns a letter of a script that few know, in a word that has letters of
// others, or 0. Nobody could say what it is, and tables of what looks alike are short there:
// it may well be drawn as a mark.
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

// commonScripts returns the scripts in everyday use, by Unicode's UAX #31, table 5, and what is
// common to several.
func commonScripts() []*unicode.RangeTable {
	return []*unicode.RangeTable{
		unicode.Common, unicode.Inherited, unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Cyrillic, unicode.Arabic,
		unicode.Greek, unicode.Hangul, unicode.Hebrew, unicode.Devanagari, unicode.Thai, unicode.Bengali, unicode.Tamil, unicode.Telugu,
		unicode.Armenian, unicode.Bopomofo, unicode.Ethiopic, unicode.Georgian, unicode.Gujarati, unicode.Gurmukhi, unicode.Kannada,
		unicode.Khmer, unicode.Lao, unicode.Malayalam, unicode.Myanmar, unicode.Oriya, unicode.Sinhala, unicode.Thaana, unicode.Tibetan,
	}
}

// skeletonOf returns what a letter looks like: by Unicode's table, and as fonts draw those that
// it does not have as marks.
func skeletonOf(r rune) string {
	switch r {
	case 'ะ', 'ະ', '\u1C7A', '\u2D42', '\u2D57':
		return ":"
	case '\uA4FC':
		return ";"
	case 'レ', 'ﾚ', 'ᵛ', 'ⱽ', 'ᵥ', 'ᶹ': // in Japan the first is how one writes a check by hand
		return VerifiedMark
	}
	return confusables.Skeleton(string(r))
}

// isToneMark reports whether r is a sign of phonetic or tone notation, which stands for itself,
// looks like a comma, a dash, a check or an exclamation mark, and is in nobody's name.
func isToneMark(r rune) bool {
	return r >= 0x02C6 && r <= 0x02D1 || r == 0x02EC || r == 0x2E2F || r >= 0xA717 && r <= 0xA71F || r == 0xA788
}

// fitsWordScript reports whether r, which looks like a mark, is read as the letter that it is,
// because of the word that it stands in. What looks like a colon is none at the end of a
// word with another after it, but for a vowel of Thai and Lao, and what looks like ! or *
// never is.
func fitsWordScript(r rune, looks, word string, more bool) bool {
	last, _ := utf8.DecodeLastRuneInString(word)
	switch {
	case strings.ContainsAny(looks, "!*"):
		return false
	case looks == VerifiedMark && unicode.Is(unicode.Latin, r): // a small v, among others as small
		return strings.ContainsFunc(word, func(other rune) bool { return other != r && !norm.NFKC.IsNormalString(string(other)) })
	case more && last == r && looks != VerifiedMark && !unicode.In(r, unicode.Thai, unicode.Lao):
		return false
	}
	script := scriptOf(r)
	return script != nil && slices.ContainsFunc([]rune(word), func(other rune) bool {
		return other != r && unicode.Is(script, other) && unicode.IsLetter(other) && !strings.ContainsAny(skeletonOf(other), serverSigns)
	})
}

// scriptOf returns the script of a letter, or nil where it is of several.
func scriptOf(r rune) *unicode.RangeTable {
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return table
		}
	}
	return nil
}

// isEmoji reports whether r is an emoji that a name may have. It goes by the ranges of
// Unicode's emoji-data, without those that look like a mark of the server's: checks,
// gears, stars of lines, exclamation marks, dashes, arrows.
func isEmoji(r rune) bool {
	switch {
	case r >= 0x1F300 && r <= 0x1F64F, r >= 0x1F680 && r <= 0x1F6FF:
		return !(r >= 0x1F5D5 && r <= 0x1F5D9 || r >= 0x1F5F4 && r <= 0x1F5F9)
	case r >= 0x1F900 && r <= 0x1F9FF, r >= 0x1FA70 && r <= 0x1FAFF:
		return true // those that are not assigned yet are emoji, too
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
