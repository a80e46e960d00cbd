package sshd

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/language"

	"teahouse/i18n"
	"teahouse/room"
)

// noNames are sentences with values in them that nobody's name is, or that only their
// reader has typed: commands, codes, keys, times, nodes, the program that somebody uses. Those of
// bans have the names of operators, for operators.
var noNames = []room.Phrase{
	room.UnknownSlashed, room.MeantSlashed, room.UnknownCommand, room.UnknownMeant, room.SlipTell, room.NoFlag, room.FlagValue, room.NeedsTerminal,
	room.NoMessage, room.KeyOffer, room.KeyRemoved, room.KeyRemoveAsk, room.KeyAsk, room.KeyAskOperator, room.KeyInFile, room.NoCommandName, room.CommandThere, room.CommandText,
	room.WhoisSession, room.WhoisAbsent, room.WhoisAbsentWhy, room.NoSuchSetting, room.NoSuchValue, room.AwayNowWhy, room.NoSpan,
	room.BannedUntil, room.BannedUntilWhy, room.MutedUntil, room.MutedUntilWhy, room.NoNetwork, room.TooWide, room.NoFingerprint,
	room.IdleSoon, room.GoneComeBack, room.NamesFull, room.NewNamesFull, room.KeysHaveNames,
	room.FoundNeedsKey, room.BanLine, room.BanLineWhy, room.BanUntilLine, room.BanUntilLineWhy,
	room.MuteLine, room.MuteLineWhy, room.MuteUntilLine, room.MuteUntilLineWhy,
	room.PlaceTooOld, nothingNewLine, leftOffLine, missedLine, room.NameStray, room.NodesDiffer, room.ClocksDiffer, room.StoreLost,
}

// surnames are words that a sentence goes on with and that are in people's names. What
// they say is told to one person alone, of its own name or of one that it has typed; or
// what follows them is no name.
var surnames = []string{" alone", " here.", " 于", " 於"}

// No name can be taken for a shorter one and what the server says after it: of all
// sentences with somebody's name in them, in all languages, what follows the name is
// refused in a name, or cannot be in one.
func TestNamesCannotGoOnAsSentencesDo(t *testing.T) {
	h := room.NewHouse()
	catalogue := i18n.New()
	tried := 0
	for _, p := range phrases(t) {
		for _, tag := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
			for _, after := range afterNames(catalogue, tag, room.Phrase(p)) {
				for _, name := range []string{"al" + after, "al" + after + " bo"} {
					tried++
					if isName(t, h, name) {
						t.Errorf("%q is a name, and %q goes on so in %v", name, p, tag)
					}
				}
			}
		}
	}
	for _, mark := range []room.Phrase{verifiedName, botName, awayName, mentionedBy} {
		for _, tag := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
			marked := catalogue.Printer(tag).Sprintf(string(mark), "al")
			words := strings.FieldsFunc(marked, func(r rune) bool { return !inNames(r) || r == ' ' })
			names := []string{marked}
			if mark == verifiedName || mark == mentionedBy { // nobody gains by being taken for a bot, or for one who is away
				names = append(names, strings.Join(words, " ")) // as it is read aloud
			}
			if mark == verifiedName {
				names = append(names, strings.Join(words, "-"), strings.Join(words, "_"), strings.Join(words, "."), strings.Join(words, "'"), strings.Join(words, ""))
			}
			for _, name := range names {
				if tried++; isName(t, h, name) {
					t.Errorf("%q is a name, and %q a mark in %v", name, mark, tag)
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d names were tried", tried)
	}
}

// aValue is where a sentence has a value.
var aValue = regexp.MustCompile(`%[-*0-9.]*[a-z]`)

// afterNames returns what follows each name in a sentence, as far as it could be part of
// one, and is a word at least.
func afterNames(c *i18n.Catalogue, tag language.Tag, p room.Phrase) (all []string) {
	if slices.Contains(noNames, p) {
		return nil
	}
	var values []any
	for _, verb := range aValue.FindAllString(string(p), -1) {
		if strings.HasSuffix(verb, "d") {
			values = append(values, 5)
		} else {
			values = append(values, "\x00")
		}
	}
	said := strings.Split(c.Printer(tag).Sprintf(string(p), values...), "\x00")
	for _, after := range said[1:] {
		if end := strings.IndexFunc(after, func(r rune) bool { return !inNames(r) }); end >= 0 {
			after = after[:end]
		}
		after = shortened(strings.TrimRight(after, " "))
		if strings.ContainsFunc(after, unicode.IsLetter) && !slices.Contains(surnames, after) {
			all = append(all, after)
		}
	}
	return all
}

// shortened cuts words off until a name has room for the others.
func shortened(after string) string {
	for len([]rune(after)) > 26 {
		after = after[:strings.LastIndex(after, " ")]
	}
	return after
}

func inNames(r rune) bool {
	return r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.'", r)
}

// isName reports whether somebody may be called so.
func isName(t *testing.T, h *room.House, name string) bool {
	u, err := h.Enter(room.Visitor{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Leave(room.Quit)
	return u.Who().Name == name
}
