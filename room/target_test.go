package room

import "testing"

// After /msg NAME without a text all goes to that person, but commands, until /done.
func TestTalkingToOne(t *testing.T) {
	h := NewHouse()
	alice, bob, carol := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B")), enter(t, h, at("张三", "C"))
	read(t, bob)
	read(t, carol)
	if got := does(t, alice, "/msg nobody"); got != "~ There is nobody named nobody here." || alice.To() != "" {
		t.Errorf("/msg nobody: %s", got)
	}
	does(t, alice, "/msg 张三")
	if alice.To() != "张三" {
		t.Errorf("alice talks to %q", alice.To())
	}
	alice.Line("psst", Slashed)
	alice.Line("//me too", Slashed)
	alice.Line("/say to all", Slashed)
	expect(t, carol, "alice>张三: psst; alice>张三: /me too; alice: to all")
	expect(t, bob, "alice: to all")
	if got := does(t, alice, "/done"); got != "~ What you say goes to #lobby." {
		t.Errorf("/done: %s", got)
	}
	alice.Line("hello", Slashed)
	expect(t, bob, "alice: hello")
}
