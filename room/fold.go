package room

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// A foldedText is a text without differences of case and width, and a bit for each
// word of ASCII in it. Most readers see by those bits that they are not mentioned.
//
// It is made when the text comes in, and kept with it: to fold takes a hundred times as
// long as to look for a word. Where folding changes nothing it shares the text's memory,
// and else it takes half as much again at most.
type foldedText struct {
	text          string
	searchText    string // the same as a search looks through it
	wordBits      uint64
	singleWordBit uint64 // the one bit where all of it is one word, or 0
}

// A foldedName is a name as mentions are found by it, and its [NameKey].
type foldedName struct {
	foldedText
	key string
}

// foldedText returns the event's text folded. What was said before the process began is
// folded when somebody asks.
func (e *Event) foldedText() *foldedText {
	if f := e.folded.Load(); f != nil {
		return f
	}
	f := fold(e.Text)
	e.folded.Store(f)
	return f
}

// nameKey returns the [NameKey] of somebody's name.
func (ui *UserInfo) nameKey() string {
	if ui.folded != nil {
		return ui.folded.key
	}
	return NameKey(ui.Name)
}

func foldName(name string) *foldedName { return &foldedName{*fold(name), NameKey(name)} }

func fold(s string) *foldedText {
	f := &foldedText{text: foldString(s)}
	if most := len(s) + len(s)/2; len(f.text) > most { // some characters become several
		f.text = strings.ToValidUTF8(f.text[:most], "")
	}
	if f.text == s {
		f.text = s
	}
	f.searchText = stripInvisible(f.text)
	f.singleWordBit = wordBit(f.text)
	for word := range strings.FieldsFuncSeq(f.text, func(r rune) bool { return r >= utf8.RuneSelf || !isWordRune(r) }) {
		f.wordBits |= wordBit(word)
	}
	return f
}

// foldString makes texts equal which differ in case, width and normal form only.
func foldString(s string) string {
	if printableASCII(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(cases.Fold().String(width.Fold.String(s)))
}

// stripInvisible returns a text without what nobody sees, joiners and selectors of
// variants: a search finds words with and without them.
func stripInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= mongolianVowelSeparator && (r == zwj || r == zwnj || r == mongolianVowelSeparator || unicode.Is(unicode.Variation_Selector, r)) {
			return -1
		}
		return r
	}, s)
}

// wordBit returns the bit of a word, one of 64, or 0 for what is not a single word of
// ASCII.
func wordBit(word string) uint64 {
	if word == "" {
		return 0
	}
	hash := uint32(2166136261) // FNV-1a
	for i := range len(word) {
		c := word[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return 0
		}
		hash = (hash ^ uint32(c)) * 16777619
	}
	return 1 << (hash >> 26)
}
