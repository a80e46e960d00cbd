package e2e

import (
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects a name from everybody but the key that used it first, across a restart and at each door;
// its owner is told who asked for it.
func TestNameBelongsToKey(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	mine, theirs := newKey(t), newKey(t)
	h.exec("alice", mine, "say I am alice").check(t, 0, "", "")
	alice := h.enterAs("alice", mine) // only terminals make owners, commands do not
	h.nc("bob").sendLines("rename|ALICE")
	alice.expect(testkit.English(reply.NameTried, "alice", "bob"))
	alice.enterLine("/quit")
	alice.expect("[exit 0]")

	h = h.restart()
	nc := h.nc("bob")
	nc.sendLines("rename|alice", "rename|aIice")
	nc.expect("当前用户名已经被使用!\n当前用户名已经被使用!")
	h.exec("alice", theirs, "say it is not me").check(t, 0, "", testkit.English(reply.AssignedOwned, "alice", "alice-2"))
	alice = h.enterAs("alice", mine)
	alice.expect(testkit.EnglishStart(reply.NameTriedOften, "alice"), testkit.EnglishPart(reply.NameTriedOften, 1)+"3"+testkit.EnglishPart(reply.NameTriedOften, 2))
	alice.enterLine("it is me ✓")
	alice.expect("alice✓: it is me ✔")
	r := h.exec("whoever", theirs, "whois alice")
	if r.code != 0 || !strings.HasPrefix(r.out, "alice: ") || !strings.Contains(r.out, "key "+fingerprint(t, mine+".pub")) || strings.Contains(r.out, sshHost) {
		t.Errorf("whois answers %s", r.out)
	}

	// Once released, anybody can have it.
	alice.enterLine("/name release")
	alice.expect(testkit.English(reply.WhichName, "alice"))
	alice.enterLine("/name release alice yes")
	alice.expect(testkit.English(reply.NameReleased, "alice"))
	alice.enterLine("/nick alice")
	alice.expect(testkit.English(reply.NameIsYours, "alice"))
	alice.enterLine("/name release alice yes")
	alice.enterLine("/nick other")
	alice.expect("alice is now called other✓")
	nc.sendLines("rename|alice")
	nc.expect("您已更改用户名为:alice")
}

// Protects people with two machines: a code makes the second key the same person, until the key is
// removed.
func TestLinkedKeyIsSamePerson(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	desk, laptop := newKey(t), newKey(t)
	alice := h.enterAs("alice", desk)
	alice.enterLine("/key add")
	alice.expect("key add ")
	_, rest, _ := strings.Cut(alice.all(), "key add ")
	code := ""
	for _, line := range strings.Split(rest, "\n") {
		if code = strings.Fields(line + " ")[0]; strings.Count(code, "-") == 3 {
			break
		}
	}
	h.exec("thief", newKey(t), "key add AAAA-AAAA-AAAA-AAAA").check(t, 1, "", testkit.English(reply.WrongCode))
	h.exec("laptop", laptop, "key add "+code+" yes").check(t, 0, testkit.English(reply.KeyAdded)+"\n", "")
	h.exec("laptop", laptop, "say from the laptop").check(t, 0, "", "")
	alice.expect("alice✓: from the laptop")
	r := h.exec("alice", laptop, "key list")
	for _, file := range []string{desk, laptop} {
		if !strings.Contains(r.out, fingerprint(t, file+".pub")) {
			t.Errorf("key list lacks a key: %s", r.out)
		}
	}
	h = h.restart()
	old := fingerprint(t, desk+".pub")
	h.exec("laptop", laptop, "key remove "+old+" yes").check(t, 0, testkit.English(reply.KeyRemoved, old)+"\n", "")
	h.exec("alice", desk, "say I was alice").check(t, 0, "", testkit.EnglishPart(reply.AssignedOwned, 1))
	if r := h.exec("whoever", laptop, "name"); !strings.HasPrefix(r.out, "alice is yours, ") {
		t.Errorf("name answers %s", r.out)
	}
}
