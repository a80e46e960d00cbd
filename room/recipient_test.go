package room

import (
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// After /msg NAME without a text all goes to that person, but commands, until /done.
func TestTalkingToOne(t *testing.T) {
	h := NewHub()
	alice, bob, carol := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B")), enter(t, h, at("张三", "C"))
	read(t, bob)
	read(t, carol)
	if got := does(t, alice, "/msg nobody"); got != "~ "+testkit.English(reply.NoSuchUser, "nobody") || alice.Recipient() != "" {
		t.Errorf("/msg nobody: %s", got)
	}
	does(t, alice, "/msg 张三")
	if alice.Recipient() != "张三" {
		t.Errorf("alice talks to %q", alice.Recipient())
	}
	alice.HandleLine("psst", SlashSyntax)
	alice.HandleLine("//me too", SlashSyntax)
	alice.HandleLine("/say to all", SlashSyntax)
	expect(t, carol, "alice>张三: psst; alice>张三: /me too; alice: to all")
	expect(t, bob, "alice: to all")
	if got := does(t, alice, "/done"); got != "~ "+testkit.English(reply.TalkingToAll, "lobby") {
		t.Errorf("/done: %s", got)
	}
	alice.HandleLine("hello", SlashSyntax)
	expect(t, bob, "alice: hello")
}
