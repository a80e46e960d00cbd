package cluster

import (
	"encoding/json"
	"slices"
	"testing"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
)

// Nodes go by the code of a sentence, and by the English text of versions without codes.
func TestSentenceOfOtherVersions(t *testing.T) {
	tests := []struct {
		what, sent string
		code       reply.Code
		args       []any
	}{
		{"by its code", `{"code":"name-taken","phrase":"%s is not free.","args":[{"text":"ada"}]}`, reply.NameTaken, []any{"ada"}},
		{"by its English alone", `{"phrase":` + quoted(i18n.English("name-taken")) + `,"args":[{"text":"ada"}]}`, reply.NameTaken, []any{"ada"}},
		{"with a code that is not known here", `{"code":"new","phrase":"%s is new: %d.","args":[{"text":"ada"},{"number":2}]}`, reply.PlainText, []any{"ada is new: 2."}},
		{"with unknown English", `{"phrase":"gone"}`, reply.PlainText, []any{"gone"}},
		{"with a code alone that is not known here", `{"code":"new"}`, "", nil},
		{"with other arguments", `{"code":"name-taken"}`, "", nil},
		{"with unknown English that asks for a megabyte of blanks", `{"phrase":"%999999d","args":[{"number":1}]}`, "", nil},
		{"with unknown English of a width that is an argument", `{"phrase":"%*d","args":[{"number":999999},{"number":1}]}`, "", nil},
		{"with unknown English that lacks an argument", `{"phrase":"%s is new."}`, "", nil},
		{"with nothing", `{}`, "", nil},
	}
	for _, test := range tests {
		var s sentence
		if err := json.Unmarshal([]byte(test.sent), &s); err != nil {
			t.Fatal(err)
		}
		if code, args := s.sanitize(); code != test.code || !slices.Equal(args, test.args) {
			t.Errorf("%s: %q, filled in with %q", test.what, code, args)
		}
	}
}

// Sentences are sent with the English text, which is all that versions without codes read.
func TestSentenceHasItsEnglish(t *testing.T) {
	if s := newSentence(reply.NameTaken, []any{"ada"}); s.Code != reply.NameTaken || s.Phrase != i18n.English("name-taken") {
		t.Errorf("%+v", s)
	}
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}
