package names

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// MaxLength is the maximum number of characters (code points) in a name, and MaxBytes that of
	// bytes. Longer names are not even looked at.
	MaxLength = 32
	MaxBytes  = 4 * MaxLength

	// Fallback is the name of people whose own name cannot be used.
	Fallback = "guest"

	// PipeBars separate the parts of a command in the original form. No name has one.
	PipeBars = "|｜￨"

	// VerifiedMark stands after the names of verified people, whose name belongs to their key. No
	// name has it, and in messages ✔ stands in its place.
	VerifiedMark = "✓"

	// BotMark stands after the names of bots. No name has it, and in messages ⛭ stands in its place,
	// except in the emoji of a gear, which looks different.
	BotMark = "⚙"
)

// Check returns what name is compared by, or a [*reply.Refusal] if no person or room may have it.
//
// A name must not be able to look as if it ended early, nor make a line look like the server's:
// by its characters, by letters that resemble them, or by the server's own words.
func Check(name string) (Identity, error) {
	switch {
	case name == "":
		return Identity{}, reply.Refuse(reply.NameEmpty)
	case len(name) > MaxBytes, utf8.RuneCountInString(name) > MaxLength:
		return Identity{}, reply.Refuse(reply.NameTooLong, MaxLength)
	case strings.ContainsAny(name, PipeBars):
		return Identity{}, reply.Refuse(reply.NameHasBar)
	case strings.TrimSpace(name) != name, strings.Contains(name, "  "):
		return Identity{}, reply.Refuse(reply.NameSpaces)
	}
	key, err := nicknameKey(name)
	switch {
	case err == nil && len(key) > MaxBytes: // some characters become many
		return Identity{}, reply.Refuse(reply.NameTooLong, MaxLength)
	case err == nil && (LooksLikeAddress(key) || strings.HasPrefix(key, strings.ToLower(FingerprintPrefix))):
		return Identity{}, reply.Refuse(reply.NameAddress)
	case !hasValidStart(name) && hasOnlyNameRunes(name):
		return Identity{}, reply.Refuse(reply.NameBadStart)
	case err != nil || key == "" || !utf8.ValidString(name) || text.CleanName(name) != name || !hasOnlyNameRunes(name) || !hasOnlyNameRunes(key):
		return Identity{}, reply.Refuse(reply.NameNotAllowed)
	}
	id := newIdentity(name, ids.NameKey(key))
	if strings.HasPrefix(id.Skeletons[0], rulerSkeleton) {
		return Identity{}, reply.Refuse(reply.NameNotAllowed)
	}
	if stray := cmp.Or(findDeceptive(name), findDeceptive(key)); stray != 0 {
		return Identity{}, reply.Refuse(reply.NameDeceptive, displayRune(stray))
	}
	if serverWordPattern.MatchString(id.Skeletons[0]) {
		return Identity{}, reply.Refuse(reply.NameLikeSentence, sentencePrefix(key))
	}
	return id, nil
}

// displayRune returns a letter or a mark as it looks by itself: a mark needs something to sit on.
func displayRune(r rune) string {
	if unicode.Is(unicode.M, r) {
		return "◌" + string(r)
	}
	return string(r)
}

// rulerSkeleton is the skeleton of what the line between two days begins with.
const rulerSkeleton = "ーーー"
