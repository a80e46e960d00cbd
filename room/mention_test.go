package room

import (
	"strings"
	"testing"

	"teahouse/internal/names"
)

// A user's own lines never mention them, from whichever session, and nor does anything but a line.
// After a rename the new name counts.
func TestMentionsOfOneself(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("爱丽丝", "A")), enter(t, h, at("bob", ""))
	does(t, alice, "/nick Alice")
	read(t, bob)
	bob.HandleLine("alice and bob", 0)
	e := bob.Take(make([]Item, 0, 1))[0]
	if !eventOf(e).Mentions(alice.User()) || eventOf(e).Mentions(bob.User()) {
		t.Errorf("%s mentions alice %t, bob %t", describe(e), eventOf(e).Mentions(alice.User()), eventOf(e).Mentions(bob.User()))
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
		for _, who := range []*UserInfo{{SessionID: 2, Name: "bob", folded: names.Fold("bob")}, {SessionID: 3, Name: "张三", folded: names.Fold("张三")}} {
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
