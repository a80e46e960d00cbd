package room

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ergochat/confusables"
)

// What a name may have beside letters, digits, their combining marks and emoji: a space,
// the marks that join the parts of a name, and the dots that do so in Chinese, Japanese,
// Catalan and Tibetan. Nothing that the server writes after or around a name is among them.
const nameMarks = "-_.'·・་"

// serverMarks are what the server writes beside names and at the beginning of its lines,
// as far as a letter can look like one of them.
const serverMarks = `!*:;,<>"()[]{}#`

// lettersOnly reports whether a name is made of what a name may have.
func lettersOnly(name string) bool {
	var base, prev rune
	for _, r := range name {
		switch {
		case isBlankGlyph(r):
			return false
		case unicode.IsLetter(r), unicode.Is(unicode.Nd, r), r == '〇', r == ' ', strings.ContainsRune(nameMarks, r):
		case isEmoji(r):
		case r == zwj, r == emojiStyle, r >= 0xE0020 && r <= lastTag: // cleanName has left them in an emoji
			prev = r
			continue
		case r == '\u20E3' && prev == emojiStyle && unicode.Is(unicode.Nd, base): // a keycap
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

// beginsWell reports whether a name begins as people's lines do, and the server's never:
// with a letter, a digit or an emoji.
func beginsWell(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return r != ' ' && !strings.ContainsRune(nameMarks, r)
}

// looksMarked reports whether a letter of a name looks like one of the server's marks, as
// in "ǃ You are banned" or "alice꞉ yes". In the midst of a word of its own script it is a
// letter like others: so in Sanskrit, Inuktitut and Lisu.
func looksMarked(name string) bool {
	words := strings.Split(name, " ")
	for i, word := range words {
		if hasStrayMark(word) {
			return true
		}
		for _, r := range word {
			if unicode.IsLetter(r) || unicode.Is(unicode.M, r) {
				if looks := confusables.Skeleton(string(r)); strings.ContainsAny(looks, serverMarks) && !inOwnWord(r, looks, word, i < len(words)-1) {
					return true
				}
			}
		}
	}
	return false
}

// hasStrayMark reports whether a combining mark of one script stands in a word without a
// letter of it before: many scripts have a mark that is drawn as a colon.
func hasStrayMark(word string) bool {
	var script *unicode.RangeTable
	for i, r := range word {
		if !unicode.Is(unicode.M, r) || unicode.Is(unicode.Inherited, r) {
			continue
		}
		if script == nil || !unicode.Is(script, r) {
			script = scriptOf(r)
		}
		if script != nil && !strings.ContainsFunc(word[:i], func(other rune) bool { return unicode.IsLetter(other) && unicode.Is(script, other) }) {
			return true
		}
	}
	return false
}

// inOwnWord reports whether r, which looks like a mark, is read as the letter that it is,
// because of the word that it stands in. What looks like a colon is none at the end of a
// word with another after it, and what looks like ! or * never is.
func inOwnWord(r rune, looks, word string, more bool) bool {
	last, _ := utf8.DecodeLastRuneInString(word)
	if strings.ContainsAny(looks, "!*") || more && last == r {
		return false
	}
	script := scriptOf(r)
	return script != nil && slices.ContainsFunc([]rune(word), func(other rune) bool {
		return other != r && unicode.Is(script, other) && unicode.IsLetter(other) && !strings.ContainsAny(confusables.Skeleton(string(other)), serverMarks)
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

// isBlankGlyph reports whether r is drawn as nothing, though Unicode has it as a letter
// or a symbol: blank Braille, Egyptian and musical signs. Those that Unicode itself says
// to be ignored are unwanted anyway.
func isBlankGlyph(r rune) bool {
	return r == 0x2800 || r == 0x13441 || r == 0x13442 || r == 0x1D159
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
	return strings.ContainsRune(oldEmoji, r)
}

// oldEmoji are the emoji of the Basic Multilingual Plane.
const oldEmoji = "⌚⌛⏩⏪⏫⏬⏰⏱⏲⏳" +
	"☀☁☂☃☄☎☔☕☘☝☠☢☣☦☪☮☯☸☹☺♀♂♈♉♊♋♌♍♎♏♐♑♒♓♟♠♣♥♦♨♻♾♿⚒⚓⚔⚕⚖⚗⚛⚜⚠⚡⚧⚪⚫⚰⚱⚽⚾⛄⛅⛈⛎⛏⛑⛓⛔⛩⛪⛰⛱⛲⛳⛴⛵⛷⛸⛹⛺⛽" +
	"✂✈✉✊✋✌✍✏✒✝✡✨❄❌❎❓❔❤➿➰⬛⬜⭐⭕"
