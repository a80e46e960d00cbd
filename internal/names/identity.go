package names

import (
	"slices"
	"strings"
	"unicode"

	"github.com/ergochat/confusables"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"

	"teahouse/internal/ids"
	"teahouse/internal/text"
)

// An Identity is what names are compared by.
type Identity struct {
	// Key is the name by the Nickname profile of PRECIS (RFC 8266), which ignores case, width
	// and runs of spaces. People are found by it.
	Key ids.NameKey

	// Skeletons are two of Unicode's UTS #39, 4: names that share one look alike. The first is that
	// of the key, the second that of the name as it is written, because I and l look alike, but
	// i and l do not.
	Skeletons [2]string
}

// palochka is a Cyrillic letter that looks like an i to Unicode's table. Nearly every font
// draws it as an l.
const palochka = "ӏ"

// TrailingMarks are the characters that people overlook at the end of a name, before a colon or
// [VerifiedMark].
const TrailingMarks = ".'·・་"

func newIdentity(name string, key ids.NameKey) Identity {
	written := confusables.Skeleton(strings.ReplaceAll(norm.NFKC.String(strings.TrimRight(name, TrailingMarks)), palochka, "l"))
	return Identity{Key: key, Skeletons: [2]string{confusables.Skeleton(strings.TrimRight(string(key), TrailingMarks)), strings.ToLower(written)}}
}

// LooksLike reports whether people could take two names for each other.
func (id Identity) LooksLike(other Identity) bool {
	return slices.ContainsFunc(id.Skeletons[:], func(look string) bool { return slices.Contains(other.Skeletons[:], look) })
}

// Key returns the [Identity.Key] of a name, or "" for a string that cannot have one or is longer
// than [MaxBytes]. The name need not pass [Check].
func Key(name string) ids.NameKey {
	if len(name) > MaxBytes {
		return "" // comparing takes time by the byte
	}
	key, err := nicknameKey(name)
	if err != nil {
		return ""
	}
	return ids.NameKey(key)
}

// nicknameKey returns the Nickname profile's key. It has no joiners and styles, since people do
// not notice when an emoji lacks them.
func nicknameKey(name string) (string, error) {
	if !text.IsPrintableASCII(name) {
		east := strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
		name = strings.Map(func(r rune) rune {
			switch {
			case r == text.ZeroWidthJoiner, r == text.ZeroWidthNonJoiner, r == text.TextStyle, r == text.EmojiStyle, r == '\u20E3', r >= 0xE0020 && r <= text.LastTag:
				return -1
			case r == '’', r == '׳': // see PlainSpelling
				return '\''
			case r == '·' && east: // otherwise the profile has it between l and l only, as in Catalan
				return '・'
			}
			return r
		}, name)
	}
	return precis.Nickname.CompareKey(name)
}
