package stories

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// example is the command line of an example, for somebody with a line of ssh.
func example(ssh []string, argv ...string) []string {
	return append([]string{"env", "TEAHOUSE=" + strings.Join(ssh, " ")}, argv...)
}

// Protects those who begin with an example: a build says how it went.
func TestExampleBuild(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, ci := h.enter("alice"), h.ssh("ci")
	ask(t, example(ci, "../examples/build.sh", "echo", "all is well")).want(t, 0, "", "")
	alice.shows("ci: passed: echo all is well")
	ask(t, example(ci, "../examples/build.sh", "sh", "-c", "seq 100; echo 'b.c:1: error' >&2; exit 7")).want(t, 7, "", "")
	alice.shows("ci: FAILED (7): sh -c seq 100", "82")
	if r := ask(t, with(h.ssh("eve"), "history 1")); !strings.HasSuffix(r.out, "100 ⏎ b.c:1: error\n") || strings.Contains(r.out, " 81 ⏎") {
		t.Errorf("it was said: %+v", r)
	}
}

// Protects the same with the bot in Python: it registers a command, and answers it.
// When it is killed its ssh ends, too.
func TestExampleBotInPython(t *testing.T) {
	once(t)
	t.Parallel()
	need(t, "python3")
	short(t, "../examples/bot.py")
	h := start(t)
	alice, dice := h.enter("alice"), h.sshAs("dice", key(newKey(t))...)
	ask(t, with(dice, "key bot"))
	bot := launch(t, example(dice, "python3", "../examples/bot.py")...)
	h.following(1)
	alice.says("/help bots")
	alice.shows("* /roll [SIDES]: rolls a die (dice)")
	eventually(t, "the bot is there", func() bool {
		alice.says("/roll 1")
		return strings.Contains(alice.all(), "dice✓⚙: alice rolls 1 of 1")
	})
	alice.says("/roll it's \"odd")
	alice.shows(" of 6")
	bot.kill()
	h.until("follow ended", "user", "dice", "reason", "quit")
	alice.says("/roll")
	alice.shows("! The bot dice does not read #lobby now.")
}

// Protects the same with the bot in Go: what is said while it is away is answered when
// it comes again, and once.
func TestExampleBotInGo(t *testing.T) {
	once(t)
	t.Parallel()
	short(t, "../examples/bot/bot.go")
	h := start(t)
	bob, id := h.nc("bob"), newKey(t)
	last := filepath.Join(t.TempDir(), "pong.id")
	bot := launch(t, example(h.sshAs("pong", key(id)...), program("bot"), last)...)
	h.following(1)
	eventually(t, "the bot is there", func() bool {
		bob.types("ping")
		return strings.Contains(bob.out.String(), "]pong:bob: pong\n")
	})
	h = h.again()
	bot.exits(1)
	bob = h.nc("bob")
	bob.types("rename|it's bob", "ping")
	bob.sees("]it's bob:ping\n")
	bot = launch(t, example(h.sshAs("pong", key(id)...), program("bot"), last)...)
	bob.sees("]pong:it's bob: pong\n")

	said := jsonLines(t, ask(t, with(h.ssh("eve"), "history --json 1")).out)[0]["id"]
	eventually(t, "it is done with that", func() bool {
		id, err := os.ReadFile(last)
		return err == nil && string(id) == said
	})
	bot.kill()
	h.until("follow ended", "user", "pong", "reason", "quit")
	bob.types("ping", "that was the last")
	launch(t, example(h.sshAs("pong", key(id)...), program("bot"), last)...)
	eventually(t, "it answers each ping once", func() bool { return strings.Count(bob.out.String(), "]pong:it's bob: pong\n") == 2 })
}

// short checks that an example is no longer than the house promises.
func short(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if n := strings.Count(string(text), "\n"); err != nil || n >= 40 {
		t.Errorf("%s has %d lines, %v", file, n, err)
	}
}

// Protects the same with the filter for jq.
func TestExampleMentions(t *testing.T) {
	once(t)
	t.Parallel()
	need(t, "jq")
	h := start(t)
	bob := h.nc("bob")
	ear := launch(t, "sh", "-c", strings.Join(with(h.ssh("ear"), "follow --json"), " ")+" | jq -r --unbuffered --arg me alice -f ../examples/mentions.jq")
	h.following(1)
	eventually(t, "somebody listens", func() bool {
		bob.types("tea, Alice?")
		return strings.Contains(ear.out.String(), " #lobby bob: tea, Alice?\n")
	})
	bob.types("nobody means her", "alice!")
	ear.sees(" #lobby bob: alice!\n")
	ear.hasNotSeen("nobody means her", "joined")
}
