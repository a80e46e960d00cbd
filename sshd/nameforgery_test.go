package sshd

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/language"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
)

// notNames are sentences whose values are not other users' names, or were typed by their only
// reader: commands, codes, keys, times, nodes, the name of a client program. Those about bans
// have the names of operators, for operators.
var notNames = []reply.Code{
	reply.UnknownSlashCommand, reply.UnknownSlashMeant, reply.UnknownCommand, reply.UnknownMeant, reply.HintMissingSlash, reply.UnknownFlag, reply.FlagNeedsValue, reply.TerminalOnly,
	reply.NoMessage, reply.KeyLinkCode, reply.KeyRemoved, reply.ConfirmKeyRemove, reply.ConfirmKeyAdd, reply.ConfirmKeyAddOperator, reply.KeyInFile, reply.InvalidCommandName, reply.CommandExists, reply.CommandText,
	reply.WhoisSession, reply.WhoisAwaySince, reply.WhoisAwayReason, reply.NoSuchSetting, reply.NoSuchValue, reply.AwayNowReason, reply.InvalidDuration,
	reply.BannedUntil, reply.BannedUntilReason, reply.MutedUntil, reply.MutedUntilReason, reply.InvalidNetwork, reply.TooWide, reply.InvalidFingerprint,
	reply.IdleSoon, reply.GoodbyeRedirect, reply.NamesFull, reply.NewNamesFull, reply.KeysHaveNames,
	reply.CreateNeedsKey, reply.BanLine, reply.BanLineReason, reply.BanUntilLine, reply.BanUntilLineReason,
	reply.MuteLine, reply.MuteLineReason, reply.MuteUntilLine, reply.MuteUntilLineReason,
	reply.ReadMarkerTooOld, "sshd-nothing-new-line", "sshd-unread-since-line", "sshd-some-unread-since-line", reply.NameDeceptive, reply.NodesDiffer, reply.ClocksDiffer, reply.StoreLost,
}

// nameLikeSuffixes are words that follow a value in a sentence and that occur in names. Only one
// user sees the sentence, about their own name or one that they have typed; or what the words
// follow is not a name.
var nameLikeSuffixes = []string{" alone", " here.", " 于", " 於"}

// No name can be taken for a shorter one and the server's words after it: for every sentence
// that contains a name, in all languages, the words after the name are refused in a name, or
// cannot be in one.
func TestNamesCannotContinueSentences(t *testing.T) {
	h := room.New(room.Config{})
	catalogue := i18n.New()
	tried := 0
	for _, p := range sourcePhrases(t) {
		for _, tag := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
			for _, after := range textAfterNames(catalogue, tag, reply.Code(p)) {
				for _, name := range []string{"al" + after, "al" + after + " bo"} {
					tried++
					if nameAccepted(t, h, name) {
						t.Errorf("somebody can be called %q, so the sentence %q could be forged in %v", name, p, tag)
					}
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d names were tried: that proves little", tried)
	}
}

// formatVerb matches the place of a value in a sentence.
var formatVerb = regexp.MustCompile(`%[-*0-9.]*[a-z]`)

// textAfterNames returns what follows each name in a sentence, as far as it could be part of a
// name and is at least a word.
func textAfterNames(c *i18n.Catalogue, tag language.Tag, p reply.Code) (all []string) {
	if slices.Contains(notNames, p) {
		return nil
	}
	var values []any
	for _, verb := range formatVerb.FindAllString(i18n.English(string(p)), -1) {
		if strings.HasSuffix(verb, "d") {
			values = append(values, 5)
		} else {
			values = append(values, "\x00")
		}
	}
	said := strings.Split(c.Printer(tag).Sprintf(string(p), values...), "\x00")
	for _, after := range said[1:] {
		if end := strings.IndexFunc(after, func(r rune) bool { return !isNameRune(r) }); end >= 0 {
			after = after[:end]
		}
		after = shortenToName(strings.TrimRight(after, " "))
		if strings.ContainsFunc(after, unicode.IsLetter) && !slices.Contains(nameLikeSuffixes, after) {
			all = append(all, after)
		}
	}
	return all
}

// shortenToName cuts off words until a name fits.
func shortenToName(after string) string {
	for len([]rune(after)) > 26 {
		after = after[:strings.LastIndex(after, " ")]
	}
	return after
}

func isNameRune(r rune) bool {
	return r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.'", r)
}

// nameAccepted reports whether a user may have a name.
func nameAccepted(t *testing.T, h *room.Hub, name string) bool {
	u, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: name})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Leave(room.Quit)
	return u.UserInfo().Name == name
}
