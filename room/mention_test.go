package room

import (
	"strings"
	"testing"
)

// A name is found as people write it: in any case and width, with or without @,
// as a word; names in scripts without spaces, anywhere.
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
		e := &Event{Kind: Said, User: &UserInfo{SessionID: 1, Name: "speaker"}, Text: test.text}
		for range 2 {
			if got := e.Mentions(&UserInfo{SessionID: 2, Name: test.name}); got != test.want {
				t.Errorf("%q mentions %s: %t", test.text, test.name, got)
			}
		}
	}
}

// Nobody is mentioned by itself, from whichever session, nor by what is no talk.
// Who takes another name is found by that one.
func TestMentionsOfOneself(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("爱丽丝", "A")), enter(t, h, at("bob", ""))
	does(t, alice, "/nick Alice")
	read(t, bob)
	bob.HandleLine("alice and bob", 0)
	e := bob.Take(make([]*Event, 0, 1))[0]
	if !e.Mentions(alice.User()) || e.Mentions(bob.User()) {
		t.Errorf("%s mentions alice %t, bob %t", describe(e), e.Mentions(alice.User()), e.Mentions(bob.User()))
	}
	for _, e := range []*Event{
		{Kind: Said, User: &UserInfo{SessionID: 9, Name: "old", Person: "A"}, Text: "Alice"},
		{Kind: Joined, User: bob.User(), Text: "Alice"},
		{Kind: Announced, Text: "Alice"},
	} {
		if e.Mentions(alice.User()) {
			t.Errorf("%+v mentions alice", e)
		}
	}
}

// BenchmarkMentions is what each reader of a line pays.
func BenchmarkMentions(b *testing.B) {
	for name, text := range map[string]string{
		"ascii":   strings.Repeat("the kettle is on ", 5)[:80],
		"chinese": strings.Repeat("水已经烧开了", 5)[:80],
	} {
		for _, who := range []*UserInfo{{SessionID: 2, Name: "bob", folded: foldName("bob")}, {SessionID: 3, Name: "张三", folded: foldName("张三")}} {
			b.Run(name+" "+who.Name, func(b *testing.B) {
				e := &Event{Kind: Said, User: &UserInfo{SessionID: 1}, Text: text}
				b.ReportAllocs()
				for b.Loop() {
					if e.Mentions(who) {
						b.Fatal("mentioned")
					}
				}
			})
		}
	}
}
