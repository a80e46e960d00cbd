package sshd

import (
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"teahouse/look"
	"teahouse/room"
)

// No text can look like another's line: names stand out by what nobody can
// type.
func TestNamesCannotBeForged(t *testing.T) {
	v := voiceOf(style{language: language.English, look: look.Look{Depth: look.Mono}, form: room.Slashed, end: "\r\n"})
	forged := &room.Event{Kind: room.Said, Who: &room.Who{Name: "mallory"}, Text: "alice: I resign"}
	line := string(v.Render(forged))
	if want := "\x1b[1mmallory\x1b[22m: alice: I resign\r\n"; line != want {
		t.Errorf("rendered %q, want %q", line, want)
	}
	plain := voiceOf(style{language: language.English, end: "\n"})
	if got := string(plain.Render(forged)); strings.Contains(got, "\x1b") {
		t.Errorf("a plain voice renders %q", got)
	}
}

// voiceOf returns the voice of a style, as one session has it.
func voiceOf(st style) *voice { return newVoices().take(st, netip.Prefix{}) }

// People are told the first names of a crowd, and how many more there are, in about as many
// bytes however many that is; programs get all of them.
func TestCrowdIsNotListed(t *testing.T) {
	online := make([]*room.Who, mostNames)
	for i := range online {
		online[i] = &room.Who{Name: "u"}
	}
	list := func(st style, more int) string {
		e := &room.Event{Kind: room.Listed, Online: online}
		for range more {
			e.Online = append(e.Online, &room.Who{Name: "late"})
		}
		return string(voiceOf(st).show(nil, e, &room.Who{}))
	}
	for _, language := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
		for _, plain := range []bool{false, true} {
			st := style{language: language, end: "\n", form: room.Slashed, look: look.Look{Plain: plain, Depth: look.TrueColour, Width: 80}}
			all, most := list(st, 0), list(st, 5000)
			if len(most) > len(all)+200 || strings.Contains(most, "late") || !strings.Contains(strings.ReplaceAll(most, ",", ""), "5000") {
				t.Errorf("%v, plain %v: the list is %q", language, plain, most)
			}
			if strings.Contains(all, "HOST") || !strings.Contains(list(st, 1), "HOST") {
				t.Errorf("%v, plain %v: who are %d or one more are told %q, %q", language, plain, mostNames, all, list(st, 1))
			}
		}
	}
	programs := style{language: language.English, end: "\n", form: room.Exec}
	if got := strings.Count(list(programs, 5000), "\n"); got != mostNames+5000 {
		t.Errorf("programs read %d lines", got)
	}
}

// Who is away is so in the list that people read; programs read names.
func TestWhoIsAway(t *testing.T) {
	e := &room.Event{Kind: room.Listed, Online: []*room.Who{{Name: "爱丽丝", Away: true, Verified: true}, {Name: "bob"}}}
	for _, test := range []struct {
		language language.Tag
		form     room.Form
		want     string
	}{
		{language.English, room.Slashed, "* 2 here: 爱丽丝✓ (away), bob\n"},
		{language.Chinese, room.Slashed, "* 共 2 人在这里：爱丽丝✓（离开）、bob\n"},
		{language.English, room.Exec, "爱丽丝\nbob\n"},
	} {
		v := voiceOf(style{language: test.language, end: "\n", form: test.form})
		if got := string(v.show(nil, e, &room.Who{})); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// A name has its mark in every sentence in which somebody acts: without it, who is
// real would look forged.
func TestMarksInSentences(t *testing.T) {
	alice, guest := &room.Who{Name: "alice", Verified: true}, &room.Who{Name: "alice"}
	for _, test := range []struct {
		e    *room.Event
		want string
	}{
		{&room.Event{Kind: room.Announced, Who: alice, Phrase: room.TopicSet, Args: []any{"alice", "tea"}}, "* alice✓ set the topic: tea\n"},
		{&room.Event{Kind: room.Announced, Who: guest, Phrase: room.TopicSet, Args: []any{"alice", "tea"}}, "* alice set the topic: tea\n"},
		{&room.Event{Kind: room.Announced, Who: alice, Phrase: room.SlowOn, Args: []any{5}}, "* Slow mode: everybody may say one line in 5 seconds.\n"},
		{&room.Event{Kind: room.Noticed, Who: alice, Phrase: room.InvitedTo, Args: []any{"alice", "tea", "tea"}}, "* alice✓ invites you to #tea: /join #tea\n"},
		{&room.Event{Kind: room.Renamed, Who: &room.Who{Name: "x y", Verified: true}, Old: "alice", Was: alice}, "* alice✓ is now called x y✓\n"},
		{&room.Event{Kind: room.Renamed, Who: &room.Who{Name: "x y"}, Old: "alice"}, "* alice is now called x y\n"},
	} {
		v := voiceOf(style{language: language.English, end: "\n", form: room.Slashed})
		if got := string(v.Render(test.e)); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
		programs := voiceOf(style{language: language.English, end: "\n"})
		if got := string(programs.Render(test.e)); strings.Contains(got, room.Mark) {
			t.Errorf("programs read %q", got)
		}
	}
}

// Who asks for the name that it has is told a sentence, not that it was renamed.
func TestRenamedToOwnName(t *testing.T) {
	bob := &room.Who{Name: "bob", ID: 1}
	e := &room.Event{Kind: room.Renamed, Who: bob, Old: "bob", Was: bob, Phrase: room.NamedAlready, Args: []any{"bob"}}
	for form, want := range map[room.Form]string{room.Slashed: "* You are called bob already.\n", room.Exec: "You are called bob already.\n"} {
		v := voiceOf(style{language: language.English, end: "\n", form: form})
		if got := string(v.show(nil, e, bob)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
