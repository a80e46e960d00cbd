package e2e

import (
	"testing"

	"teahouse/internal/testkit"
)

// Protects what the server is for: people with three kinds of clients share one room, read each
// other, talk in private, and see who is online and who changes names.
func TestOneRoomAtThreeDoors(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")
	bob := h.nc("bob")
	carol := h.menu("carol")

	alice.enterLine("hello from alice")
	bob.sendLines("hello from bob, 你好")
	carol.sendLines("hello from carol")
	for _, text := range []string{"alice: hello from alice", "bob: hello from bob, 你好", "carol: hello from carol"} {
		alice.expect(text)
	}
	for _, c := range []*client{bob, carol} {
		c.expect("[ssh]alice:hello from alice\n", "]bob:hello from bob, 你好\n", "]carol:hello from carol\n")
	}

	alice.enterLine("/who")
	alice.expect("* 3 here: alice, bob, carol")
	bob.sendLines("who")
	bob.expect("[ssh]alice:在线...\n", "]bob:在线...\n", "]carol:在线...\n")

	alice.enterLine("/nick 爱丽丝")
	alice.expect(testkit.English("sshd-renamed-line", "alice", "爱丽丝"))
	bob.sendLines("rename|robert")
	bob.expect("您已更改用户名为:robert\n")
	alice.expect(testkit.English("sshd-renamed-line", "bob", "robert"))
	alice.enterLine("this is 爱丽丝 speaking")
	carol.expect("[ssh]爱丽丝:this is 爱丽丝 speaking\n")
}

// Protects private messages from each door to each of the others: nobody else reads them.
func TestPrivateMessagesBetweenDoors(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")
	bob := h.nc("bob")
	carol := h.menu("carol")

	alice.enterLine("/msg bob secret ab")
	alice.expect("[you to bob] secret ab")
	bob.expect("alice : secret ab\n")
	alice.enterLine("to|carol|secret ac")
	alice.expect("[you to carol] secret ac")
	carol.expect("alice : secret ac\n")
	bob.sendLines("to|alice|secret ba", "to|carol|secret bc")
	alice.expect("[bob to you] secret ba")
	carol.expect("bob : secret bc\n")

	carol.sendLines("exit", "2")
	carol.expect(testkit.English("menu-private-name-prompt"), "[ssh]alice:在线...")
	carol.sendLines("alice", "secret ca", "exit", "bob", "secret cb", "exit", "exit")
	alice.expect("[carol to you] secret ca")
	bob.expect("carol : secret cb\n")

	bob.sendLines("said last")
	alice.expect("bob: said last")
	carol.expect("]bob:said last\n")
	bob.expectNot("secret ac", "secret ca", "secret ba", "secret bc")
	carol.expectNot("]carol:secret", "secret ab", "secret ba", "secret cb")
	alice.expectNot("secret bc", "secret cb")
}

// Protects leaving: ^D, /quit, a closed connection and the menu's 0 all count as leaving, and the
// name is free again.
func TestLeaving(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")
	bob := h.nc("bob")
	carol := h.menu("carol")
	dora := h.enter("dora")

	dora.enterLine("/quit")
	dora.expect("[exit 0]")
	alice.expect("* dora left")
	bob.kill()
	alice.expect("* bob left")
	carol.sendLines("exit", "0")
	carol.expect("Goodbye.")
	carol.waitExit(0)
	alice.expect("* carol left")
	again := h.enter("dora")
	again.enterLine("/who")
	again.expect("* 2 here: alice, dora")
}
