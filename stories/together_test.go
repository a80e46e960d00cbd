package stories

import "testing"

// Protects what the house is for: people with three kinds of clients are in one
// room, see what the others say, talk in private, see who is there and who
// takes another name.
func TestThreeDoorsOneRoom(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice := h.enter("alice")
	bob := h.nc("bob")
	carol := h.menu("carol")

	alice.says("hello from alice")
	bob.types("hello from bob, 你好")
	carol.types("hello from carol")
	for _, text := range []string{"alice: hello from alice", "bob: hello from bob, 你好", "carol: hello from carol"} {
		alice.shows(text)
	}
	for _, c := range []*client{bob, carol} {
		c.sees("[ssh]alice:hello from alice\n", "]bob:hello from bob, 你好\n", "]carol:hello from carol\n")
	}

	alice.says("/who")
	alice.shows("* 3 here: alice, bob, carol")
	bob.types("who")
	bob.sees("[ssh]alice:在线...\n", "]bob:在线...\n", "]carol:在线...\n")

	alice.says("/nick 爱丽丝")
	alice.shows("* alice is now called 爱丽丝")
	bob.types("rename|robert")
	bob.sees("您已更改用户名为:robert\n")
	alice.shows("* bob is now called robert")
	alice.says("this is 爱丽丝 speaking")
	carol.sees("[ssh]爱丽丝:this is 爱丽丝 speaking\n")
}

// Protects private talk: from each door to each of the others, and to nobody
// else.
func TestPrivateTalkFromEachToEach(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice := h.enter("alice")
	bob := h.nc("bob")
	carol := h.menu("carol")

	alice.says("/msg bob secret ab")
	alice.shows("[you to bob] secret ab")
	bob.sees("alice : secret ab\n")
	alice.says("to|carol|secret ac")
	alice.shows("[you to carol] secret ac")
	carol.sees("alice : secret ac\n")
	bob.types("to|alice|secret ba", "to|carol|secret bc")
	alice.shows("[bob to you] secret ba")
	carol.sees("bob : secret bc\n")

	carol.types("exit", "2")
	carol.sees("Whom would you like to talk to?", "[ssh]alice:在线...")
	carol.types("alice", "secret ca", "exit", "bob", "secret cb", "exit", "exit")
	alice.shows("[carol to you] secret ca")
	bob.sees("carol : secret cb\n")

	bob.types("said last")
	alice.shows("bob: said last")
	carol.sees("]bob:said last\n")
	bob.hasNotSeen("secret ac", "secret ca", "secret ba", "secret bc")
	carol.hasNotSeen("]carol:secret", "secret ab", "secret ba", "secret cb")
	alice.hides("secret bc", "secret cb")
}

// Protects leaving: ^D, /quit, a closed connection and the menu's 0 are seen as
// what they are, and the name is free again.
func TestLeaving(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice := h.enter("alice")
	bob := h.nc("bob")
	carol := h.menu("carol")
	dora := h.enter("dora")

	dora.says("/quit")
	dora.shows("[exit 0]")
	alice.shows("* dora left")
	bob.kill()
	alice.shows("* bob left")
	carol.types("exit", "0")
	carol.sees("Goodbye.")
	carol.exits(0)
	alice.shows("* carol left")
	again := h.enter("dora")
	again.says("/who")
	again.shows("* 2 here: alice, dora")
}
