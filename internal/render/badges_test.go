package render

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/language"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
)

// No name can be taken for a name with what is written or read aloud beside it: that its owner is
// verified, away or a bot, or mentions the reader.
func TestNamesCannotContainBadges(t *testing.T) {
	h := room.New(room.Config{})
	for _, badge := range []reply.Code{verifiedName, botName, awayName, mentionedBy} {
		for _, tag := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
			for _, name := range namesWithBadge(badge, i18n.New().Printer(tag).Sprintf(string(badge), "al")) {
				u, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: name})
				if err != nil {
					t.Fatal(err)
				}
				if u.UserInfo().Name == name {
					t.Errorf("somebody can be called %q, so %q could be forged in %v", name, badge, tag)
				}
				u.Leave(room.Quit)
			}
		}
	}
}

// namesWithBadge returns names that could be taken for one that is shown like this.
func namesWithBadge(badge reply.Code, shown string) []string {
	words := strings.FieldsFunc(shown, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.'", r)
	})
	all := []string{shown}
	if badge == verifiedName || badge == mentionedBy { // nobody gains by being taken for a bot, or for one who is away
		all = append(all, strings.Join(words, " ")) // as it is read aloud
	}
	if badge == verifiedName {
		for _, between := range []string{"-", "_", ".", "'", ""} {
			all = append(all, strings.Join(words, between))
		}
	}
	return all
}
