package room

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"teahouse/internal/ansi"

	"teahouse/internal/reply"
)

const (
	// MaxText is the most bytes that one line of talk may have: as many as the original
	// server read at once.
	MaxText = 4095

	// maxLines is the most lines that one message may have.
	maxLines = 200

	// maxMarks is the most combining marks on one character. Living scripts
	// stay below it; text that climbs over its neighbours does not.
	maxMarks = 6

	// maxJoins is the most zero-width joiners in one emoji; the longest in
	// use, a family or a couple with skin tones, have three.
	maxJoins = 4

	// maxTags is the most tag characters in an emoji flag: a region's code of
	// up to six, and the end.
	maxTags = 7
)

const (
	lastTag    = '\U000E007F'
	textStyle  = '\uFE0E'
	emojiStyle = '\uFE0F'
	blackFlag  = '\U0001F3F4'
)

// cleanText is the one place where text of one line enters the house. It returns
// s fit to be shown in anybody's terminal, or a [Refusal].
func cleanText(s string) (string, error) {
	return checkText(s, cleaner{keepTabs: true}.clean(s))
}

// cleanLines is cleanText for a message that may have several lines: newlines
// stay, but for those of blank lines before the first and after the last.
func cleanLines(s string) (string, error) {
	cleaned := CleanLines(s)
	if strings.Count(cleaned, "\n") >= maxLines {
		return "", reply.Refuse(reply.TooManyLines, maxLines)
	}
	return checkText(s, cleaned)
}

// cleanVerbatim is cleanText for a dialect without lines: newlines stay.
func cleanVerbatim(s string) (string, error) {
	return checkText(s, CleanVerbatim(s))
}

func checkText(raw, cleaned string) (string, error) {
	switch {
	case !utf8.ValidString(raw):
		return "", reply.Refuse(reply.TextMalformed)
	case len(cleaned) > MaxText:
		return "", reply.Refuse(reply.TextTooLong, MaxText)
	case strings.TrimFunc(cleaned, func(r rune) bool { return isInvisible(r) || isBlankGlyph(r) }) == "":
		return "", reply.Refuse(reply.TextEmpty)
	}
	return cleaned, nil
}

// Clean returns s as it may be written to a terminal: valid UTF-8, without escape
// sequences, control characters (tabs and line breaks become spaces), bidirectional
// controls, or zero-width characters but where emoji and scripts need them. For strings
// that are not talk but came from outside all the same, such as what goes into a log.
func Clean(s string) string { return cleaner{}.clean(s) }

// CleanLines is [Clean] for a message of several lines: tabs and line breaks stay, blank
// lines at its ends do not. Who shows a tab in a terminal must write spaces for it.
func CleanLines(s string) string {
	s = CleanVerbatim(s)
	if !strings.Contains(s, "\n") {
		return s // as it is nearly always
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

// CleanVerbatim is [CleanLines] for what is shown as it was sent: all line breaks stay.
func CleanVerbatim(s string) string { return cleaner{keepTabs: true, keepNewlines: true}.clean(s) }

// cleanName is [Clean] for names, which have nothing in them that cannot be seen but
// what makes an emoji.
func cleanName(s string) string { return cleaner{strict: true}.clean(s) }

// clean returns s as c leaves it.
func (c cleaner) clean(s string) string {
	if printableASCII(s) {
		return s
	}
	s = ansi.Strip(s)
	c.out = make([]byte, 0, len(s))
	for i, r := range s {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			continue // a byte that is no UTF-8
		}
		next, _ := utf8.DecodeRuneInString(s[i+size:])
		c.add(r, next)
	}
	c.endTags()
	return string(c.out)
}

func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// A cleaner copies runes and leaves out those that have no business in a line
// of talk. Its state is the character being built: a base and what joined it.
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
		c.start('✔') // see Mark
	case r == '⚙' && next != emojiStyle:
		c.start('⛭') // see BotMark
	case r == '╎':
		c.start('╏') // see Fold
	case r == '\n' && c.keepNewlines:
		c.start(r)
		c.base = 0 // a mark at the beginning of a line has nothing to sit on
	case r == '\r' && next == '\n' && c.keepNewlines:
	case r == '\t' && c.keepTabs:
		c.start(r)
		c.base = 0 // a mark has nothing to sit on
	case r == '\t', r == '\n', r == '\r', r == '\u2028', r == '\u2029':
		c.start(' ')
	case r == zwj && c.base >= ' ' && pictographic(c.base):
		// Only between two pictures (Unicode UTS #51, emoji ZWJ sequence).
		if c.joins < maxJoins && c.prev != zwj && pictographic(next) {
			c.joins++
			c.keep(r)
		}
	case r == zwj, r == zwnj:
		if !c.strict && c.prev != zwj && c.prev != zwnj && c.marks < maxMarks && isJoinerAllowed(c.base, c.prev, next) {
			c.keep(r)
		}
	case r == textStyle, r == emojiStyle:
		// Once, and only on what has two styles: pictures and keycaps.
		if c.prev == c.base && styled(r, c.base) {
			c.keep(r)
		}
	case r >= 0xE0020 && r <= lastTag:
		if c.base == blackFlag && c.tags < maxTags && c.prev != lastTag {
			if c.tags == 0 {
				c.tagsAt = len(c.out)
			}
			c.tags++
			c.keep(r)
		}
	case unicode.Is(unicode.Variation_Selector, r), r == mongolianVowelSeparator:
		if !c.strict && c.prev == c.base && isVariationAllowed(r, c.base) {
			c.keep(r)
		}
	case unwanted(r):
	case unicode.Is(unicode.M, r):
		// A mark needs something to sit on: at the start of a text it would
		// sit on what the server wrote before.
		if c.base != 0 && c.marks < maxMarks {
			c.marks++
			c.keep(r)
		}
	default:
		c.start(r)
	}
}

// start keeps r and begins a new character with it; a picture after a joiner
// goes on with the same emoji.
func (c *cleaner) start(r rune) {
	c.endTags()
	if c.prev != zwj {
		c.joins = 0
	}
	c.base, c.marks = r, 0
	c.keep(r)
}

// endTags takes back tags that do not make a flag: it has a last one.
func (c *cleaner) endTags() {
	if c.tags > 0 && c.prev != lastTag {
		c.out = c.out[:c.tagsAt]
	}
	c.tags = 0
}

func (c *cleaner) keep(r rune) {
	c.out = utf8.AppendRune(c.out, r)
	c.prev = r
}

// unwanted reports whether r is never part of talk: controls, invisible
// formatting (bidirectional controls are among it), noncharacters. Signs that are formatting by name but visible stay.
func unwanted(r rune) bool {
	return unicode.Is(unicode.Cc, r) ||
		unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// pictographic reports whether r can be part of an emoji sequence. It goes by
// the blocks that emoji are in, also those where new ones are added before this
// program learns of them.
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
		r == emojiStyle && keycap ||
		base == '©' || base == '®' || unicode.Is(unicode.Pd, base) || base == '‼' || base == '⁉'
}

// RefuseNotText is the refusal of what is no text.
func RefuseNotText() *reply.Refusal { return reply.Refuse(reply.NotText) }

// RefuseTooLong is the refusal of a line that was too long to be taken in at all.
func RefuseTooLong() *reply.Refusal { return reply.Refuse(reply.TextTooLong, MaxText) }
