package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"teahouse/internal/ansi"
)

const (
	// maxMarks is the maximum number of combining marks on one character. Living scripts stay below
	// it; text that climbs over its neighbours does not.
	maxMarks = 6

	// maxJoins is the maximum number of zero-width joiners in one emoji. The longest emoji in use, a
	// family or a couple with skin tones, have three.
	maxJoins = 4

	// maxTags is the maximum number of tag characters in an emoji flag: up to six for the
	// region, and the final one.
	maxTags = 7
)

// Characters that change the picture before them.
const (
	LastTag    = '\U000E007F'
	TextStyle  = '\uFE0E'
	EmojiStyle = '\uFE0F'
	blackFlag  = '\U0001F3F4'
)

// Clean returns s as it may be written to a terminal: valid UTF-8 without escape sequences,
// control characters, bidirectional controls, or invisible characters that no emoji or script
// needs. Tabs and line breaks become spaces. It is for strings that come from outside but are
// not messages, such as values in a log.
func Clean(s string) string { return cleaner{}.clean(s) }

// CleanLine is [Clean] for a message of one line: tabs stay. A terminal must be sent spaces in their
// place.
func CleanLine(s string) string { return cleaner{keepTabs: true}.clean(s) }

// CleanLines is [Clean] for a message of several lines: tabs and line breaks stay, but
// blank lines at its ends are dropped.
func CleanLines(s string) string {
	s = CleanVerbatim(s)
	if !strings.Contains(s, "\n") {
		return s // nearly always
	}
	for {
		first, rest, ok := strings.Cut(s, "\n")
		if !ok || strings.TrimSpace(first) != "" {
			break
		}
		s = rest
	}
	for {
		i := strings.LastIndexByte(s, '\n')
		if i < 0 || strings.TrimSpace(s[i:]) != "" {
			return s
		}
		s = s[:i]
	}
}

// CleanVerbatim is [CleanLines] for messages that are shown exactly as sent: all line breaks
// stay.
func CleanVerbatim(s string) string { return cleaner{keepTabs: true, keepNewlines: true}.clean(s) }

// CleanName is [Clean] for names, in which only an emoji may have invisible parts.
func CleanName(s string) string { return cleaner{strict: true}.clean(s) }

// clean returns s without what c leaves out.
func (c cleaner) clean(s string) string {
	if IsPrintableASCII(s) {
		return s
	}
	s = ansi.Strip(s)
	c.out = make([]byte, 0, len(s))
	for i, r := range s {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			continue // a byte that is not UTF-8
		}
		next, _ := utf8.DecodeRuneInString(s[i+size:])
		c.add(r, next)
	}
	c.endTags()
	return string(c.out)
}

// IsPrintableASCII reports whether s has nothing but printable ASCII characters and spaces.
func IsPrintableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// A cleaner copies runes, except those that have no business in a message. Its state is
// the character being built: a base and what has joined it.
type cleaner struct {
	keepTabs     bool
	keepNewlines bool
	strict       bool // no joiners and variants of letters

	out []byte

	base   rune // the character that marks, styles and tags attach to
	prev   rune // the last rune kept
	marks  int
	joins  int
	tags   int
	tagsAt int // where in out the tags begin
}

func (c *cleaner) add(r, next rune) {
	switch {
	case r >= ' ' && r <= '~', r >= 0x3400 && r <= 0x9FFF:
		c.start(r) // ASCII and Han: most of what is said, found without a table
	case r == '✓':
		c.start('✔') // see names.VerifiedMark
	case r == '⚙' && next != EmojiStyle:
		c.start('⛭') // see names.BotMark
	case r == '╎':
		c.start('╏') // see style.Continuation
	case r == '\n' && c.keepNewlines:
		c.start(r)
		c.base = 0 // a mark at the beginning of a line has nothing to sit on
	case r == '\r' && next == '\n' && c.keepNewlines:
	case r == '\t' && c.keepTabs:
		c.start(r)
		c.base = 0 // a mark has nothing to sit on
	case r == '\t', r == '\n', r == '\r', r == '\u2028', r == '\u2029':
		c.start(' ')
	case r == ZeroWidthJoiner, r == ZeroWidthNonJoiner:
		c.addJoiner(r, next)
	case r == TextStyle, r == EmojiStyle:
		// Once, and only on what has two styles: pictures and keycaps.
		if c.prev == c.base && styled(r, c.base) {
			c.keep(r)
		}
	case r >= 0xE0020 && r <= LastTag:
		c.addTag(r)
	case unicode.Is(unicode.Variation_Selector, r), r == mongolianVowelSeparator:
		if !c.strict && c.prev == c.base && isVariationAllowed(r, c.base) {
			c.keep(r)
		}
	case unwanted(r):
	case unicode.Is(unicode.M, r):
		c.addMark(r)
	default:
		c.start(r)
	}
}

// addJoiner adds a joiner or non-joiner: between two pictures (Unicode UTS #51, emoji ZWJ sequence),
// or where a script needs it.
func (c *cleaner) addJoiner(r, next rune) {
	if r == ZeroWidthJoiner && c.base >= ' ' && pictographic(c.base) {
		if c.joins < maxJoins && c.prev != ZeroWidthJoiner && pictographic(next) {
			c.joins++
			c.keep(r)
		}
		return
	}
	if !c.strict && c.prev != ZeroWidthJoiner && c.prev != ZeroWidthNonJoiner && c.marks < maxMarks && isJoinerAllowed(c.base, c.prev, next) {
		c.keep(r)
	}
}

// addTag adds a tag character, which only the flag of a region has.
func (c *cleaner) addTag(r rune) {
	if c.base != blackFlag || c.tags >= maxTags || c.prev == LastTag {
		return
	}
	if c.tags == 0 {
		c.tagsAt = len(c.out)
	}
	c.tags++
	c.keep(r)
}

// addMark adds a combining mark, which needs something to sit on. At the start of a text that would
// be what the server wrote before it.
func (c *cleaner) addMark(r rune) {
	if c.base != 0 && c.marks < maxMarks {
		c.marks++
		c.keep(r)
	}
}

// start keeps r and begins a new character with it, except that a picture after a joiner
// continues the same emoji.
func (c *cleaner) start(r rune) {
	c.endTags()
	if c.prev != ZeroWidthJoiner {
		c.joins = 0
	}
	c.base, c.marks = r, 0
	c.keep(r)
}

// endTags takes tags back that do not make a flag because the last one is missing.
func (c *cleaner) endTags() {
	if c.tags > 0 && c.prev != LastTag {
		c.out = c.out[:c.tagsAt]
	}
	c.tags = 0
}

func (c *cleaner) keep(r rune) {
	c.out = utf8.AppendRune(c.out, r)
	c.prev = r
}

// unwanted reports whether r is never part of a message: a control, invisible formatting such as
// bidirectional controls, or a noncharacter. Signs that are formatting by name but visible stay.
func unwanted(r rune) bool {
	return unicode.Is(unicode.Cc, r) ||
		unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// pictographic reports whether r can be part of an emoji sequence. It goes by
// the blocks that have emoji, so that it covers those that Unicode has yet to add.
func pictographic(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || // pictographs
		r >= 0x2600 && r <= 0x27BF || // symbols, dingbats
		r >= 0x2190 && r <= 0x21FF || // arrows
		r >= 0x2300 && r <= 0x23FF || // technical: watches, keys
		r >= 0x2B00 && r <= 0x2BFF || // more arrows, stars
		r == 0x2122 || r == 0x2139 || r == 0x24C2 || r == 0x25AA || r == 0x25AB || r == 0x25B6 || r == 0x25C0 ||
		r >= 0x25FB && r <= 0x25FE || r == 0x3297 || r == 0x3299
}

// styled reports whether the variation selector r means something after base.
func styled(r, base rune) bool {
	keycap := base >= '0' && base <= '9' || base == '#' || base == '*'
	return pictographic(base) ||
		r == EmojiStyle && keycap ||
		base == '©' || base == '®' || unicode.Is(unicode.Pd, base) || base == '‼' || base == '⁉'
}

// IsBlank reports whether r is drawn as nothing although Unicode has it as a letter or a
// symbol: blank Braille, Egyptian and musical signs. [Clean] drops those that Unicode itself
// says to ignore.
func IsBlank(r rune) bool {
	return r == 0x2800 || r == 0x13441 || r == 0x13442 || r == 0x1D159
}
