package cluster

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// Nodes go by the code of a sentence. What another version says with a code that is not known
// here is shown by its code and arguments; none of it counts as a format.
func TestSentenceOfOtherVersions(t *testing.T) {
	tests := []struct {
		what, sent string
		code       reply.Code
		args       []any
	}{
		{"with a code", `{"code":"name-taken","args":[{"text":"ada"}]}`, reply.NameTaken, []any{"ada"}},
		{"with other arguments", `{"code":"name-taken"}`, "", nil},
		{"with an unknown code", `{"code":"new","args":[{"text":"ada"},{"number":2},{"duration":60000000000},{}]}`, reply.OtherVersion, []any{"new (ada, 2, 1m0s, )"}},
		{"with an unknown code alone", `{"code":"new"}`, reply.OtherVersion, []any{"new"}},
		{"with a code that asks for a megabyte of blanks", `{"code":"%999999d","args":[{"number":1}]}`, reply.OtherVersion, []any{"%999999d (1)"}},
		{"with a code of a width that is an argument", `{"code":"%*d","args":[{"number":999999},{"number":1}]}`, reply.OtherVersion, []any{"%*d (999999, 1)"}},
		{"with a code that lacks an argument", `{"code":"%s is new."}`, reply.OtherVersion, []any{"%s is new."}},
		{"with a code of control sequences", `{"code":"\u001b[2Jnew"}`, reply.OtherVersion, []any{text.Clean("\x1b[2Jnew")}},
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

// However long an unknown code and its arguments are, users read no more than a message's length.
func TestUnknownSentenceIsBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	s := newSentence(reply.Code(long), slices.Repeat([]any{long}, 100))
	code, args := s.sanitize()
	if code != reply.OtherVersion || len(args) != 1 || len(args[0].(string)) > text.MaxBytes {
		t.Errorf("%q is filled in with %d arguments of %d bytes", code, len(args), len(args[0].(string)))
	}
}
