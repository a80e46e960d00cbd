package stories

import (
	"strings"
	"testing"
)

// Protects people from taking a program for somebody: a key that its owner marked is
// shown with a mark at terminals, /whois says it, programs can tell, and nobody forges
// it.
func TestBotIsMarked(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, plain, dora := h.enter("alice"), h.enter("plain"), h.nc("dora")
	plain.says("/set plain on")
	plain.shows("plain: on")
	ask(t, with(h.ssh("alice"), "say said before")).want(t, 0, "", "")
	ask(t, with(h.ssh("robot"), "key bot")).want(t, 1, "", "That needs a key")
	robot := h.sshAs("robot", key(newKey(t))...)
	ask(t, with(robot, "key bot")).want(t, 0, "This key is a bot's now, and everybody sees that. /key person takes it back.\n", "")

	screen := open(t, append([]string{robot[0], "-t"}, robot[1:]...)...)
	screen.shows("Welcome to teahouse, robot.")
	screen.says("beep")
	alice.shows("robot✓⚙ joined", "robot✓⚙: beep")
	plain.shows("robot (verified) (bot): beep")
	dora.sees("]robot:beep\n")
	screen.hides("said before")
	if r := ask(t, with(h.ssh("eve"), "who --json")); strings.Count(r.out, `"bot":true`) != 1 || strings.Count(r.out, `"bot":false`) != 3 {
		t.Errorf("who: %+v", r)
	}
	if r := ask(t, with(h.ssh("eve"), "history --json")); strings.Count(r.out, `"bot":true`) != 1 {
		t.Errorf("history: %+v", r)
	}
	alice.says("/whois robot")
	alice.shows("* a bot")
	ask(t, with(h.ssh("eve⚙"), "say robot⚙: beep"))
	alice.shows("guest: robot⛭: beep")

	screen.says("/key person")
	screen.shows("This key is a person's again.")
	screen.says("it is me")
	alice.shows("robot✓: it is me")
}
