package text

import "testing"

// A name is found as people write it: in any case and width, with or without @, as a word; in
// scripts without spaces, anywhere.
func TestMentions(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"bob", "bob", true},
		{"bob", "@bob: tea?", true},
		{"bob", "is BOB here", true},
		{"Bob", "ｂｏｂ，来喝茶", true},
		{"bob", "ask bob.", true},
		{"bob", "bob's tea", true},
		{"bob", "你好bob你好", true},
		{"bob", "bobby and kebob", false},
		{"bob", "bobby, no: bob", true},
		{"bob", "bob_2 bob2 2bob", false},
		{"bob", "bob\u0301", false},
		{"guest", "guest-2, hello", false},
		{"guest", "guest-", true},
		{"guest-2", "hello guest-2!", true},
		{"guest-2", "hello guest-22!", false},
		{"Big Bob", "is big bob here?", true},
		{"big bob", "a big  bob", false},
		{"张三", "张三来了", true},
		{"张三", "你问问@张三吧", true},
		{"张三", "张 三", false},
		{"ゆき", "ゆきさん", true},
		{"민수", "민수야 안녕", true},
		{"José", "jose\u0301 is here", true},
		{"Straße", "STRASSE", true},
		{"🍵", "more 🍵🍵", true},
		{"alice", "", false},
		{"二", "first line\n第二行", true},
	} {
		if got := Fold(test.text).Mentions(Fold(test.name)); got != test.want {
			t.Errorf("%q mentions %s: %t, want %t", test.text, test.name, got, !got)
		}
	}
}
