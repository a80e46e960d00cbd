package render

import (
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/style"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// No text can look like another user's line: names are marked by what nobody can type.
func TestNamesCannotBeForged(t *testing.T) {
	v := testFormat(Options{Language: language.English, Style: style.Style{Depth: style.Mono}, Syntax: command.SlashSyntax, End: "\r\n"})
	forged := &room.Event{Kind: room.Said, User: &room.UserInfo{Name: "mallory"}, Text: "alice: I resign"}
	line := string(v.Render(forged))
	if want := "\x1b[1mmallory\x1b[22m: alice: I resign\r\n"; line != want {
		t.Errorf("mallory's line reads %q, want %q", line, want)
	}
	plain := testFormat(Options{Language: language.English, End: "\n"})
	if got := string(plain.Render(forged)); strings.Contains(got, "\x1b") {
		t.Errorf("a format without colours has escape sequences: %q", got)
	}
}

// testFormat returns a Format as one session has it.
func testFormat(st Options) *Format {
	return NewCache(i18n.New().Printer).Acquire(st, netip.Prefix{})
}

// People see the first names of a crowd, and how many more there are, in about the same number
// of bytes for any crowd; programs get all names.
func TestLongUserListIsCut(t *testing.T) {
	online := make([]*room.UserInfo, maxListedNames)
	for i := range online {
		online[i] = &room.UserInfo{Name: "u"}
	}
	list := func(st Options, more int) string {
		r := &builtin.WhoReply{Users: online}
		for range more {
			r.Users = append(r.Users, &room.UserInfo{Name: "late"})
		}
		return string(testFormat(st).FormatReply(r))
	}
	for _, language := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
		for _, plain := range []bool{false, true} {
			st := Options{Language: language, End: "\n", Syntax: command.SlashSyntax, Style: style.Style{Plain: plain, Depth: style.TrueColour, Width: 80}}
			all, most := list(st, 0), list(st, 5000)
			if len(most) > len(all)+200 || strings.Contains(most, "late") || !strings.Contains(strings.ReplaceAll(most, ",", ""), "5000") {
				t.Errorf("in %v, plain %v, the list of a crowd is %q, want it cut, with 5000 more", language, plain, most)
			}
			if strings.Contains(all, "HOST") || !strings.Contains(list(st, 1), "HOST") {
				t.Errorf("in %v, plain %v, %d people are listed as %q and one more as %q; want a hint in the second alone", language, plain, maxListedNames, all, list(st, 1))
			}
		}
	}
	programs := Options{Language: language.English, End: "\n", Syntax: command.ExecSyntax}
	if got := strings.Count(list(programs, 5000), "\n"); got != maxListedNames+5000 {
		t.Errorf("programs read %d names, want all %d", got, maxListedNames+5000)
	}
}

// The list for people says who is away; programs read names only.
func TestAwayUsers(t *testing.T) {
	r := &builtin.WhoReply{Users: []*room.UserInfo{{Name: "爱丽丝", Away: true, Verified: true}, {Name: "bob"}}}
	for _, test := range []struct {
		language language.Tag
		form     command.Syntax
		want     string
	}{
		{language.English, command.SlashSyntax, "* 2 here: 爱丽丝✓ (away), bob\n"},
		{language.Chinese, command.SlashSyntax, "* 共 2 人在这里：" + testkit.Chinese(awayName, "爱丽丝✓") + "、bob\n"},
		{language.English, command.ExecSyntax, "爱丽丝\nbob\n"},
	} {
		v := testFormat(Options{Language: test.language, End: "\n", Syntax: test.form})
		if got := string(v.FormatReply(r)); got != test.want {
			t.Errorf("the list reads %q, want %q", got, test.want)
		}
	}
}

// A name has its badge in every sentence about its user; without it, the real user would look
// forged.
func TestBadgesInSentences(t *testing.T) {
	alice, guest := &room.UserInfo{Name: "alice", Verified: true}, &room.UserInfo{Name: "alice"}
	for _, test := range []struct {
		item room.Item
		want string
	}{
		{&room.Event{Kind: room.Announced, User: alice, Code: reply.TopicSet, Args: []any{"alice", "tea"}}, "* " + testkit.English(reply.TopicSet, "alice✓", "tea") + "\n"},
		{&room.Event{Kind: room.Announced, User: guest, Code: reply.TopicSet, Args: []any{"alice", "tea"}}, "* " + testkit.English(reply.TopicSet, "alice", "tea") + "\n"},
		{&room.Event{Kind: room.Announced, User: alice, Code: reply.SlowOn, Args: []any{5}}, "* " + testkit.English(reply.SlowOn, 5) + "\n"},
		{&room.Notice{User: alice, Sentence: reply.Say(reply.InvitedTo, "alice", "tea", "tea")}, "* " + testkit.English(reply.InvitedTo, "alice✓", "tea", "tea") + "\n"},
		{&room.Event{Kind: room.Renamed, User: &room.UserInfo{Name: "x y", Verified: true}, OldName: "alice", OldUser: alice}, testkit.English(renamedLine, "alice✓", "x y✓") + "\n"},
		{&room.Event{Kind: room.Renamed, User: &room.UserInfo{Name: "x y"}, OldName: "alice"}, testkit.English(renamedLine, "alice", "x y") + "\n"},
	} {
		v := testFormat(Options{Language: language.English, End: "\n", Syntax: command.SlashSyntax})
		if got := string(v.appendItem(nil, test.item, &room.UserInfo{})); got != test.want {
			t.Errorf("people read %q, want %q", got, test.want)
		}
		programs := testFormat(Options{Language: language.English, End: "\n"})
		if got := string(programs.appendItem(nil, test.item, &room.UserInfo{})); strings.Contains(got, names.VerifiedMark) {
			t.Errorf("programs read a badge: %q", got)
		}
	}
}

// A user who asks for their current name gets a sentence saying so, and is not renamed.
func TestRenamedToOwnName(t *testing.T) {
	bob := &room.UserInfo{Name: "bob", SessionID: 1}
	kept := &command.NameKept{User: bob, Former: bob, Sentence: reply.Say(reply.NamedAlready, "bob")}
	for form, want := range map[command.Syntax]string{command.SlashSyntax: "* " + testkit.English(reply.NamedAlready, "bob") + "\n", command.ExecSyntax: testkit.English(reply.NamedAlready, "bob") + "\n"} {
		v := testFormat(Options{Language: language.English, End: "\n", Syntax: form})
		if got := string(v.FormatReply(kept)); got != want {
			t.Errorf("bob reads %q, want %q", got, want)
		}
	}
}
