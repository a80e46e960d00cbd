package stories

import (
	"strings"
	"syscall"
	"testing"
)

// Protects a name from everybody but the key that first had it, across a restart
// and at each door, and tells its owner of who asked for it.
func TestNameBelongsToKey(t *testing.T) {
	t.Parallel()
	h := start(t)
	mine, theirs := newKey(t), newKey(t)
	h.asks("alice", mine, "say I am alice").want(t, 0, "", "")
	alice := h.enterAs("alice", mine) // commands own nothing, terminals do
	h.nc("bob").types("rename|ALICE")
	alice.shows("Somebody with another key, or none, asked for your name alice, and is called bob.")
	alice.says("/quit")
	alice.shows("[exit 0]")

	h = h.again()
	nc := h.nc("bob")
	nc.types("rename|alice", "rename|aIice")
	nc.sees("当前用户名已经被使用!\n当前用户名已经被使用!")
	h.asks("alice", theirs, "say it is not me").want(t, 0, "", "The name alice belongs to somebody else's key, so you are alice-2 here.")
	alice = h.enterAs("alice", mine)
	alice.shows("Somebody with another key, or none, asked for your name alice while you were", "away: 3 times.")
	alice.says("it is me ✓")
	alice.shows("alice✓: it is me ✔")
	r := h.asks("whoever", theirs, "whois alice")
	if r.code != 0 || !strings.HasPrefix(r.out, "alice: ") || !strings.Contains(r.out, "key "+fingerprint(t, mine+".pub")) || strings.Contains(r.out, host) {
		t.Errorf("whois: %s", r.out)
	}

	// Given up, it is anybody's.
	alice.says("/name release")
	alice.shows("Say which: /name release NAME. Yours are: alice.")
	alice.says("/name release alice yes")
	alice.shows("The name alice is free.")
	alice.says("/nick alice")
	alice.shows("The name alice is yours now.")
	alice.says("/name release alice yes")
	alice.says("/nick other")
	alice.shows("alice is now called other✓")
	nc.types("rename|alice")
	nc.sees("您已更改用户名为:alice")
}

// Protects somebody whose connection died: coming in again takes the place of the
// dead session, with name, place and messages; the room notices nothing.
func TestTerminalTakesOverDeadOne(t *testing.T) {
	t.Parallel()
	h := start(t)
	id := newKey(t)
	bob := h.enter("bob")
	dead := launch(t, h.sshAs("alice", append(key(id), "-tt")...)...)
	bob.shows("alice✓ joined")
	bob.says("before")
	dead.sees("before")
	if err := dead.process.Signal(syscall.SIGSTOP); err != nil { // a cable is pulled
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dead.process.Signal(syscall.SIGCONT) })
	bob.says("/msg alice are you there?")
	bob.says("nobody answers")
	bob.shows("bob: nobody answers")

	alice := h.enterAs("alice", id)
	alice.shows("are you there?", "nobody answers")
	ask(t, with(h.sshAs("alice", key(id)...), "say", "beside", "it")).want(t, 0, "", "")
	alice.says("I am back")
	bob.shows("alice✓: beside it", "alice✓: I am back")
	bob.says("/who")
	bob.shows("* 2 here: bob, alice✓")
	if all := bob.all(); strings.Count(all, "joined") != 1 || strings.Contains(all, "left") {
		t.Errorf("bob noticed something:\n%s", all)
	}
	h.until("disconnected", "user", "alice", "reason", "taken over")
	if err := dead.process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	dead.sees("You came in from another terminal. This one is closed.")
	dead.isGone()
}

// Protects people with two machines: with a code the second key is the same
// person, and without its key nobody is any more.
func TestSecondKeyIsTheSamePerson(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	desk, laptop := newKey(t), newKey(t)
	alice := h.enterAs("alice", desk)
	alice.says("/key add")
	alice.shows("key add ")
	_, rest, _ := strings.Cut(alice.all(), "key add ")
	code := ""
	for _, line := range strings.Split(rest, "\n") {
		if code = strings.Fields(line + " ")[0]; strings.Count(code, "-") == 3 {
			break
		}
	}
	h.asks("thief", newKey(t), "key add AAAA-AAAA-AAAA-AAAA").want(t, 1, "", "There is no such code")
	h.asks("laptop", laptop, "key add "+code+" yes").want(t, 0, "This key is yours now. Come in again to be the same person with both.\n", "")
	h.asks("laptop", laptop, "say from the laptop").want(t, 0, "", "")
	alice.shows("alice✓: from the laptop")
	r := h.asks("alice", laptop, "key list")
	for _, file := range []string{desk, laptop} {
		if !strings.Contains(r.out, fingerprint(t, file+".pub")) {
			t.Errorf("key list: %s", r.out)
		}
	}
	h = h.again()
	old := fingerprint(t, desk+".pub")
	h.asks("laptop", laptop, "key remove "+old+" yes").want(t, 0, "The key "+old+" is yours no more.\n", "")
	h.asks("alice", desk, "say I was alice").want(t, 0, "", "belongs to somebody else's key")
	if r := h.asks("whoever", laptop, "name"); !strings.HasPrefix(r.out, "alice is yours, ") {
		t.Errorf("names: %s", r.out)
	}
}
