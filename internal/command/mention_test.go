package command_test

import (
	"strings"
	"testing"

	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A user's own lines never mention them, from whichever session, and nor does anything but a line.
// After a rename the new name counts.
func TestMentionsOfOneself(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("爱丽丝", "A")), roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Does(t, alice, "/nick Alice")
	roomtest.Read(t, bob)
	bob.HandleLine("alice and bob", 0)
	e := bob.Take(make([]room.Item, 0, 1))[0]
	if !roomtest.EventOf(e).Mentions(alice.UserInfo()) || roomtest.EventOf(e).Mentions(bob.UserInfo()) {
		t.Errorf("%s mentions alice %t, bob %t", roomtest.Describe(e), roomtest.EventOf(e).Mentions(alice.UserInfo()), roomtest.EventOf(e).Mentions(bob.UserInfo()))
	}
	for _, e := range []*room.Event{
		{Kind: room.Said, User: &room.UserInfo{SessionID: 9, Name: "old", Person: "A"}, Text: "Alice"},
		{Kind: room.Joined, User: bob.UserInfo(), Text: "Alice"},
		{Kind: room.Announced, Text: "Alice"},
	} {
		if e.Mentions(alice.UserInfo()) {
			t.Errorf("%+v mentions alice", e)
		}
	}
}

// BenchmarkMentions measures the cost for each reader of a line.
func BenchmarkMentions(b *testing.B) {
	for name, text := range map[string]string{
		"ascii":   strings.Repeat("the kettle is on ", 5)[:80],
		"chinese": strings.Repeat("水已经烧开了", 5)[:80],
	} {
		for _, who := range []*room.UserInfo{{SessionID: 2, Name: "bob"}, {SessionID: 3, Name: "张三"}} {
			b.Run(name+" "+who.Name, func(b *testing.B) {
				e := &room.Event{Kind: room.Said, User: &room.UserInfo{SessionID: 1}, Text: text}
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
