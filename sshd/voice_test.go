package sshd

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"teahouse/look"
	"teahouse/room"
)

// No text can look like another's line: names stand out by what nobody can
// type.
func TestNamesCannotBeForged(t *testing.T) {
	v := newVoices().of(style{language: language.English, look: look.Look{Depth: look.Mono}, form: room.Slashed, end: "\r\n"})
	forged := &room.Event{Kind: room.Said, Who: &room.Who{Name: "mallory"}, Text: "alice: I resign"}
	line := string(v.Render(forged))
	if want := "\x1b[1mmallory\x1b[22m: alice: I resign\r\n"; line != want {
		t.Errorf("rendered %q, want %q", line, want)
	}
	plain := newVoices().of(style{language: language.English, end: "\n"})
	if got := string(plain.Render(forged)); strings.Contains(got, "\x1b") {
		t.Errorf("a plain voice renders %q", got)
	}
}

// People of one style share a voice, and so its lines.
func TestVoicesAreShared(t *testing.T) {
	vs := newVoices()
	english := style{language: language.English, end: "\n"}
	if first, second := vs.of(english), vs.of(english); first != second {
		t.Error("two voices of one style")
	}
	if vs.of(english) == vs.of(style{language: language.Chinese, end: "\n"}) {
		t.Error("one voice of two styles")
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
		v := newVoices().of(style{language: test.language, end: "\n", form: test.form})
		if got := string(v.show(nil, e, &room.Who{})); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// Who asks for the name that it has is told a sentence, not that it was renamed.
func TestRenamedToOwnName(t *testing.T) {
	bob := &room.Who{Name: "bob", ID: 1}
	e := &room.Event{Kind: room.Renamed, Who: bob, Old: "bob", Was: bob, Phrase: room.NamedAlready, Args: []any{"bob"}}
	for form, want := range map[room.Form]string{room.Slashed: "* You are called bob already.\n", room.Exec: "You are called bob already.\n"} {
		v := newVoices().of(style{language: language.English, end: "\n", form: form})
		if got := string(v.show(nil, e, bob)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
