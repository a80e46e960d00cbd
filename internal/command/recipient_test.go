package command_test

import (
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// After /msg NAME without a text, all lines except commands go to that person, until /done.
func TestConversationWithOneUser(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob, carol := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B")), roomtest.Enter(t, h, roomtest.At("张三", "C"))
	roomtest.Read(t, bob)
	roomtest.Read(t, carol)
	if got := roomtest.Does(t, alice, "/msg nobody"); got != "~ "+testkit.English(reply.NoSuchUser, "nobody") || alice.Recipient() != "" {
		t.Errorf("/msg nobody: %s", got)
	}
	roomtest.Does(t, alice, "/msg 张三")
	if alice.Recipient() != "张三" {
		t.Errorf("alice talks to %q", alice.Recipient())
	}
	alice.HandleLine("psst", command.SlashSyntax)
	alice.HandleLine("//me too", command.SlashSyntax)
	alice.HandleLine("/say to all", command.SlashSyntax)
	roomtest.Expect(t, carol, "alice>张三: psst; alice>张三: /me too; alice: to all")
	roomtest.Expect(t, bob, "alice: to all")
	if got := roomtest.Does(t, alice, "/done"); got != "~ "+testkit.English(reply.TalkingToAll, "lobby") {
		t.Errorf("/done: %s", got)
	}
	alice.HandleLine("hello", command.SlashSyntax)
	roomtest.Expect(t, bob, "alice: hello")
}
