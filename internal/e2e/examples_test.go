package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// exampleCommand returns the command line of an example that uses the given ssh command.
func exampleCommand(ssh []string, argv ...string) []string {
	return append([]string{"env", "TEAHOUSE=" + strings.Join(ssh, " ")}, argv...)
}

// Protects users of the build example: it reports a build's result.
func TestExampleBuild(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, ci := h.enter("alice"), h.ssh("ci")
	runClient(t, exampleCommand(ci, "../../docs/examples/build.sh", "echo", "all is well")).check(t, 0, "", "")
	alice.expect("ci: passed: echo all is well")
	runClient(t, exampleCommand(ci, "../../docs/examples/build.sh", "sh", "-c", "seq 100; echo 'b.c:1: error' >&2; exit 7")).check(t, 7, "", "")
	alice.expect("ci: FAILED (7): sh -c seq 100", "82")
	if r := runClient(t, withCommand(h.ssh("eve"), "history 1")); !strings.HasSuffix(r.out, "100 ⏎ b.c:1: error\n") || strings.Contains(r.out, " 81 ⏎") {
		t.Errorf("history has %+v", r)
	}
}

// Protects users of the Python bot: it registers a command, and answers it. When it is killed, its
// ssh ends, too.
func TestExampleBotInPython(t *testing.T) {
	skipRace(t)
	t.Parallel()
	requirePrograms(t, "python3")
	checkExampleLength(t, "../../docs/examples/bot.py")
	h := startServer(t)
	alice, dice := h.enter("alice"), h.sshAs("dice", withKey(newKey(t))...)
	runClient(t, withCommand(dice, "key bot"))
	bot := launch(t, exampleCommand(dice, "python3", "../../docs/examples/bot.py")...)
	h.waitFollowers(1)
	alice.enterLine("/help bots")
	alice.expect("* /roll [SIDES]: rolls a die (dice)")
	eventually(t, "alice reads what the bot rolled", func() bool {
		alice.enterLine("/roll 1")
		return strings.Contains(alice.all(), "dice✓⚙: alice rolls 1 of 1")
	})
	alice.enterLine("/roll it's \"odd")
	alice.expect(" of 6")
	bot.kill()
	h.waitLog("follow ended", "user", "dice", "reason", "quit")
	alice.enterLine("/roll")
	alice.expect("! " + testkit.EnglishStart(reply.BotAway, "dice", "lobby"))
}

// Protects users of the Go bot: it answers what was said while it was offline when it returns,
// once.
func TestExampleBotInGo(t *testing.T) {
	skipRace(t)
	t.Parallel()
	checkExampleLength(t, "../../docs/examples/bot/bot.go")
	h := startServer(t)
	bob, id := h.nc("bob"), newKey(t)
	last := filepath.Join(t.TempDir(), "pong.id")
	bot := launch(t, exampleCommand(h.sshAs("pong", withKey(id)...), program("bot"), last)...)
	h.waitFollowers(1)
	eventually(t, "bob reads the bot's pong", func() bool {
		bob.sendLines("ping")
		return strings.Contains(bob.out.String(), "]pong:bob: pong\n")
	})
	h = h.restart()
	bot.waitExit(1)
	bob = h.nc("bob")
	bob.sendLines("rename|it's bob", "ping")
	bob.expect("]it's bob:ping\n")
	bot = launch(t, exampleCommand(h.sshAs("pong", withKey(id)...), program("bot"), last)...)
	bob.expect("]pong:it's bob: pong\n")

	said := parseJSONLines(t, runClient(t, withCommand(h.ssh("eve"), "history --json 1")).out)[0]["id"]
	eventually(t, "the bot has stored the id of its answer", func() bool {
		id, err := os.ReadFile(last)
		return err == nil && string(id) == said
	})
	bot.kill()
	h.waitLog("follow ended", "user", "pong", "reason", "quit")
	bob.sendLines("ping", "that was the last")
	launch(t, exampleCommand(h.sshAs("pong", withKey(id)...), program("bot"), last)...)
	eventually(t, "bob reads one pong for each ping", func() bool { return strings.Count(bob.out.String(), "]pong:it's bob: pong\n") == 2 })
}

// checkExampleLength checks that an example is no longer than the documentation promises.
func checkExampleLength(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if n := strings.Count(string(text), "\n"); err != nil || n >= 40 {
		t.Errorf("the example %s has %d lines, want fewer than 40; %v", file, n, err)
	}
}

// Protects users of the jq filter.
func TestExampleMentions(t *testing.T) {
	skipRace(t)
	t.Parallel()
	requirePrograms(t, "jq")
	h := startServer(t)
	bob := h.nc("bob")
	ear := launch(t, "sh", "-c", strings.Join(withCommand(h.ssh("ear"), "follow --json"), " ")+" | jq -r --unbuffered --arg me alice -f ../../docs/examples/mentions.jq")
	h.waitFollowers(1)
	eventually(t, "the filter prints that alice was mentioned", func() bool {
		bob.sendLines("tea, Alice?")
		return strings.Contains(ear.out.String(), " #lobby bob: tea, Alice?\n")
	})
	bob.sendLines("nobody means her", "alice!")
	ear.expect(" #lobby bob: alice!\n")
	ear.expectNot("nobody means her", "joined")
}
