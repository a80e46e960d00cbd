package room

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ergochat/confusables"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// MaxName is the most characters (code points) that a name may have.
const MaxName = 32

// maxNameBytes is the most bytes that a name may have. Longer ones are not even
// looked at.
const maxNameBytes = 4 * MaxName

// fallbackName is for those who come with a name that cannot be used.
const fallbackName = "guest"

// checkName checks that name may be somebody's name, or a room's, and returns what it is
// compared by. The error is a [Refusal].
//
// Names stand at the beginning of people's lines and in the midst of the server's
// sentences, with nothing around them. So a name must not be able to look as if it ended
// before its end, or as if a line were the server's: neither with what it is made of, nor
// with letters that look like that, nor with the server's own words.
func checkName(name string) (nameIdentity, error) {
	switch {
	case name == "":
		return nameIdentity{}, reply.Refuse(reply.NameEmpty)
	case len(name) > maxNameBytes, utf8.RuneCountInString(name) > MaxName:
		return nameIdentity{}, reply.Refuse(reply.NameTooLong, MaxName)
	case strings.ContainsAny(name, pipeBars):
		return nameIdentity{}, reply.Refuse(reply.NameHasBar)
	case strings.TrimSpace(name) != name, strings.Contains(name, "  "):
		return nameIdentity{}, reply.Refuse(reply.NameSpaces)
	}
	key, err := nicknameKey(name)
	switch {
	case err == nil && len(key) > maxNameBytes: // some characters become many
		return nameIdentity{}, reply.Refuse(reply.NameTooLong, MaxName)
	case err == nil && (looksLikeAddress(key) || strings.HasPrefix(key, strings.ToLower(fingerprintPrefix))):
		return nameIdentity{}, reply.Refuse(reply.NameAddress)
	case !hasValidStart(name) && hasOnlyNameRunes(name):
		return nameIdentity{}, reply.Refuse(reply.NameBadStart)
	case err != nil || key == "" || !utf8.ValidString(name) || text.CleanName(name) != name || !hasOnlyNameRunes(name) || !hasOnlyNameRunes(key):
		return nameIdentity{}, reply.Refuse(reply.NameNotAllowed)
	}
	id := newNameIdentity(name, key)
	if strings.HasPrefix(id.skeletons[0], rulerSkeleton) {
		return nameIdentity{}, reply.Refuse(reply.NameNotAllowed)
	}
	if stray := cmp.Or(findDeceptive(name), findDeceptive(key)); stray != 0 {
		return nameIdentity{}, reply.Refuse(reply.NameDeceptive, displayRune(stray))
	}
	if serverWordPattern.MatchString(id.skeletons[0]) {
		return nameIdentity{}, reply.Refuse(reply.NameLikeSentence, sentencePrefix(key))
	}
	return id, nil
}

// displayRune returns a letter or a mark as one sees it by itself: a mark needs something to
// sit on.
func displayRune(r rune) string {
	if unicode.Is(unicode.M, r) {
		return "◌" + string(r)
	}
	return string(r)
}

// VerifiedMark stands after the names of verified people: those whose name belongs to
// their key. No name has it, and in talk ✔ stands in its place.
const VerifiedMark = "✓"

// BotMark stands after the names of bots. No name has it, and in talk ⛭ stands in
// its place, but for the emoji of a gear, which looks otherwise.
const BotMark = "⚙"

// rulerSkeleton is how the line begins that parts the days, as a skeleton.
const rulerSkeleton = "ーーー"

// A nameIdentity is what names are compared by.
type nameIdentity struct {
	// key is the name by the Nickname profile of PRECIS (RFC 8266): case, width
	// and inner runs of spaces do not tell two names apart. It is what people are
	// found by.
	key string
	// skeletons are skeletons (Unicode UTS #39, 4): names that have one in common are
	// taken for each other. One is that of the key. The other is of the name as
	// it is written, since I and l are alike, and i and l are not.
	skeletons [2]string
}

// palochka is a Cyrillic letter that Unicode's table has look like an i. Nearly
// everywhere it is drawn as an l.
const palochka = "ӏ"

// trailingMarks are those of nameMarks that nobody sees at the end of a name, before a colon
// or the sign of who is verified.
const trailingMarks = ".'·・་"

func newNameIdentity(name, key string) nameIdentity {
	written := confusables.Skeleton(strings.ReplaceAll(norm.NFKC.String(strings.TrimRight(name, trailingMarks)), palochka, "l"))
	return nameIdentity{key: key, skeletons: [2]string{confusables.Skeleton(strings.TrimRight(key, trailingMarks)), strings.ToLower(written)}}
}

// looksLike reports whether two names could be taken for each other.
func (id nameIdentity) looksLike(other nameIdentity) bool {
	return slices.ContainsFunc(id.skeletons[:], func(look string) bool { return slices.Contains(other.skeletons[:], look) })
}

// NameKey returns the key that a name is compared by, or "" for what is no
// name.
func NameKey(name string) string {
	if len(name) > maxNameBytes {
		return "" // comparing takes time by the byte
	}
	key, err := nicknameKey(name)
	if err != nil {
		return ""
	}
	return key
}

// nicknameKey is the Nickname profile's key. That has no joiners and styles, of which nobody
// sees that they are missing from an emoji.
func nicknameKey(name string) (string, error) {
	if !text.IsPrintableASCII(name) {
		east := strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
		name = strings.Map(func(r rune) rune {
			switch {
			case r == text.ZeroWidthJoiner, r == text.ZeroWidthNonJoiner, r == text.TextStyle, r == text.EmojiStyle, r == '\u20E3', r >= 0xE0020 && r <= text.LastTag:
				return -1
			case r == '’', r == '׳': // see keyboardReplacer
				return '\''
			case r == '·' && east: // otherwise the profile has it between l and l only, as in Catalan
				return '・'
			}
			return r
		}, name)
	}
	return precis.Nickname.CompareKey(name)
}

// fingerprintPrefix begins the fingerprint of a key.
const fingerprintPrefix = "SHA256:"

// looksLikeAddress reports whether people could take a name for an address, as
// the classic dialects show one beside each name. Key is in NFKC, so digits
// and dots of other widths have become plain ones.
func looksLikeAddress(key string) bool {
	if _, err := netip.ParseAddr(strings.Trim(key, "[]")); err == nil {
		return true
	}
	if _, err := netip.ParseAddrPort(key); err == nil {
		return true
	}
	return addressPattern.MatchString(key)
}

// addressPattern is four numbers with dots between them, or a port at the end.
var addressPattern = regexp.MustCompile(`\d{1,3}(\.\d{1,3}){3}|:\d+$`)

// truncateName cuts a name to n characters at most.
func truncateName(name string, n int) string {
	runes := []rune(name)
	if len(runes) <= n {
		return name
	}
	return strings.TrimRight(string(runes[:n]), " ")
}
