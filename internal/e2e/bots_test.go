package e2e

import (
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects people from mistaking a program for a person: a bot has a mark at terminals, /whois says
// so, programs can tell, and nobody can forge the mark.
func TestBotIsMarked(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, plain, dora := h.enter("alice"), h.enter("plain"), h.nc("dora")
	plain.enterLine("/set plain on")
	plain.expect("plain: on")
	runClient(t, withCommand(h.ssh("alice"), "say said before")).check(t, 0, "", "")
	runClient(t, withCommand(h.ssh("robot"), "key bot")).check(t, 1, "", testkit.EnglishPart(reply.NeedKey, 0))
	robot := h.sshAs("robot", withKey(newKey(t))...)
	runClient(t, withCommand(robot, "key bot")).check(t, 0, testkit.EnglishExec(reply.BotNow)+"\n", "")

	screen := openScreen(t, append([]string{robot[0], "-t"}, robot[1:]...)...)
	screen.expect(testkit.EnglishPart("sshd-welcome-line", 0) + "robot.")
	screen.enterLine("beep")
	alice.expect("robot✓⚙ joined", "robot✓⚙: beep")
	plain.expect("robot (verified) (bot): beep")
	dora.expect("]robot:beep\n")
	screen.expectNot("said before")
	if r := runClient(t, withCommand(h.ssh("eve"), "who --json")); strings.Count(r.out, `"bot":true`) != 1 || strings.Count(r.out, `"bot":false`) != 3 {
		t.Errorf("who answers %+v", r)
	}
	if r := runClient(t, withCommand(h.ssh("eve"), "history --json")); strings.Count(r.out, `"bot":true`) != 1 {
		t.Errorf("history answers %+v", r)
	}
	alice.enterLine("/whois robot")
	alice.expect("* a bot")
	runClient(t, withCommand(h.ssh("eve⚙"), "say robot⚙: beep"))
	alice.expect("eve: robot⛭: beep")

	screen.enterLine("/key person")
	screen.expect(testkit.English(reply.BotNoMore))
	screen.enterLine("it is me")
	alice.expect("robot✓: it is me")
}

// Protects users of a bot: their command reaches the bot that registered it and nobody else, and
// they read its answer; the command is found like a built-in one, and refused when the bot is
// offline.
func TestBotCommand(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enterAs("alice", newKey(t)), h.nc("bob")
	robot := h.sshAs("robot", withKey(newKey(t))...)
	const commands = `[{"name": "deploy", "params": "ENVIRONMENT", "help": "brings the latest build there"}]`
	runClient(t, withCommand(robot, "bot commands"), commands).check(t, 1, "", testkit.EnglishExec(reply.IsNoBot)+"\n")
	runClient(t, withCommand(robot, "key bot"))
	runClient(t, withCommand(robot, "bot commands"), commands).check(t, 0, testkit.English(reply.CommandsKept, 1)+"\n", "")
	runClient(t, withCommand(h.ssh("eve"), "bot list")).check(t, 0, "/deploy ENVIRONMENT: brings the latest build there (robot)\n", "")

	alice.enterLine("/deploy staging")
	alice.expect("! " + testkit.English(reply.BotAway, "robot", "lobby", "/deploy staging"))
	ear, eye := launch(t, withCommand(robot, "follow")...), launch(t, withCommand(h.ssh("eye"), "follow --json")...)
	h.waitFollowers(2)
	alice.typeText("/dep")
	alice.pressKeys("Tab")
	alice.typeText("staging now")
	alice.expectRow("> /deploy staging now")
	alice.pressKeys("Enter")
	alice.expect("* " + testkit.English(reply.HandedToBot, "robot", "/deploy staging now"))
	ear.expect("Z * alice asks: /deploy staging now\n")
	ear.kill()

	ear = launch(t, withCommand(robot, "follow --json")...)
	h.waitFollowers(3)
	eventually(t, "the bot is back, and answers", func() bool {
		alice.enterLine("/deploy production")
		return strings.Contains(ear.out.String(), `"type":"command"`)
	})
	got := parseJSONLines(t, ear.out.String())[0]
	if got["name"] != "alice" || got["verified"] != true || got["command"] != "deploy" || got["args"] != "production" || got["room"] != "lobby" {
		t.Errorf("the bot reads %v, want the command that alice typed", got)
	}
	runClient(t, withCommand(robot, "say production is deployed")).check(t, 0, "", "")
	alice.expect("robot✓⚙: production is deployed")
	runClient(t, withCommand(robot, "to alice and tested")).check(t, 0, "", "")
	alice.expect("[robot✓⚙ to you] and tested")
	eye.expect("production is deployed")
	eye.expectNot("staging", `"command"`)
	bob.expectNot("staging", "deploy production")

	alice.enterLine("/whois robot")
	alice.expect("* "+testkit.English(reply.WhoisVerified, "robot"), "* "+testkit.English(reply.WhoisFollow, "#lobby"))
	alice.enterLine("/help deploy")
	alice.expect("* Usage: /deploy ENVIRONMENT", "* "+testkit.English(reply.BotHelp, "robot", "brings the latest build there"))
	alice.enterLine("/help bots")
	alice.expect("* /deploy ENVIRONMENT: brings the latest build there (robot)")
	runClient(t, withCommand(robot, "bot remove")).check(t, 0, testkit.English(reply.CommandsKept, 0)+"\n", "")
	alice.enterLine("/deploy staging")
	alice.expect("! " + testkit.EnglishPart(reply.UnknownMeant, 0) + "/deploy.")
}

// Protects a bot's commands from other bots, and built-in commands from all bots. Refused
// registrations change nothing, and accepted ones survive a restart.
func TestBotCommandNames(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	bots := [][]string{h.sshAs("first", withKey(id)...), h.sshAs("second", withKey(newKey(t))...)}
	for _, bot := range bots {
		runClient(t, withCommand(bot, "key bot")).check(t, 0, testkit.EnglishExec(reply.BotNow)+"\n", "")
	}
	list := func(name string) string { return `[{"name": "` + name + `", "help": "does it"}]` }
	runClient(t, withCommand(bots[0], "bot commands"), list("deploy")).check(t, 0, testkit.English(reply.CommandsKept, 1)+"\n", "")
	for _, c := range []struct{ input, err string }{
		{list("deploy"), testkit.English(reply.CommandTaken, "deploy", "first") + "\n"},
		{list("who"), testkit.English(reply.CommandExists, "who") + "\n"},
		{list("Deploy!"), testkit.English(reply.InvalidCommandName, "Deploy!")},
		{"not JSON", testkit.EnglishPart(reply.InvalidCommands, 0)},
		{"", testkit.EnglishPart(reply.InvalidCommands, 0)},
		{strings.Repeat(" ", 100_000), testkit.EnglishPart(reply.InvalidCommands, 0)},
	} {
		runClient(t, withCommand(bots[1], "bot commands"), c.input).check(t, 1, "", c.err)
	}
	h = h.restart()
	runClient(t, withCommand(h.ssh("eve"), "bot list")).check(t, 0, "/deploy: does it (first)\n", "")
	runClient(t, withCommand(h.sshAs("first", withKey(id)...), "key person"))
	runClient(t, withCommand(h.ssh("eve"), "bot list")).check(t, 1, "", testkit.English(reply.NoBotCommands)+"\n")
}

// Protects scripts that use a bot: its command works by ssh, and says whether the bot received it,
// and where.
func TestBotCommandByScript(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	robot, ci := h.sshAs("robot", withKey(newKey(t))...), h.ssh("ci")
	runClient(t, withCommand(robot, "key bot"))
	runClient(t, withCommand(robot, "bot commands"), `[{"name": "deploy", "params": "ENVIRONMENT", "help": "deploys"}]`)
	runClient(t, withCommand(ci, "deploy staging")).check(t, 1, "", testkit.English(reply.BotAway, "robot", "lobby", "/deploy staging")+"\n")
	ear := launch(t, withCommand(robot, "follow --json")...)
	h.waitFollowers(1)
	runClient(t, withCommand(ci, "deploy staging now")).check(t, 0, testkit.English(reply.HandedToBot, "robot", "/deploy staging now")+"\n", "")
	runClient(t, withCommand(ci, "deploy -- --json")).check(t, 0, testkit.English(reply.HandedToBot, "robot", "/deploy --json")+"\n", "")
	runClient(t, withCommand(ci, "deplay staging")).check(t, 2, "", testkit.EnglishPart(reply.UnknownMeant, 0)+"deplay.")
	ear.expect(`"name":"ci","verified":false,"command":"deploy","args":"staging now"`, `"args":"--json"`)
}

// Protects users who wait for a bot: if its client died before it received the command, they are
// told so, and the bot does not receive it a second time.
func TestBotCommandLost(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, robot := h.enter("alice"), h.sshAs("robot", withKey(newKey(t))...)
	runClient(t, withCommand(robot, "key bot"))
	runClient(t, withCommand(robot, "bot commands"), `[{"name": "deploy", "help": "deploys"}]`)
	ear := launch(t, withCommand(robot, "follow --json")...)
	h.waitFollowers(1)
	alice.enterLine("/deploy first")
	ear.expect(`"args":"first"`)
	runClient(t, withCommand(h.ssh("eve"), "say that takes a while, in which it is known that the bot has it"))
	pauseClient(t, ear) // its connection dies silently
	alice.enterLine("/deploy second")
	alice.expect("* " + testkit.English(reply.HandedToBot, "robot", "/deploy second"))
	alice.expectNot(testkit.EnglishPart(reply.BotLeft, 1))
	ear.kill()
	alice.expect("* " + testkit.English(reply.BotLeft, "robot", "/deploy second"))
	alice.expectNot(testkit.English(reply.BotLeft, "robot", "/deploy first"))
	ear = launch(t, withCommand(robot, "follow --json")...)
	h.waitFollowers(2)
	alice.enterLine("/deploy third")
	ear.expect(`"args":"third"`)
	ear.expectNot("second")
}

// Protects a server from followers of dead bots: a bot that holds the standard input of its ssh,
// and has written to it, ends it by dying.
func TestFollowEndsWithItsReader(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	robot := withCommand(h.sshAs("robot", withKey(newKey(t))...), "follow")
	held, loose := launch(t, robot...), launch(t, robot...)
	h.waitFollowers(2)
	held.sendLines("")
	if err := loose.stdin.Close(); err != nil { // like < /dev/null
		t.Error(err)
	}
	h.nc("bob").sendLines("hello")
	held.expect("bob: hello\n")
	if err := held.stdin.Close(); err != nil { // as the system does for a dead process
		t.Error(err)
	}
	held.waitExit(0)
	h.nc("carol").sendLines("anybody?")
	loose.expect("carol: anybody?\n")
}

// pauseClient stops a client's process until it is killed.
func pauseClient(t *testing.T, c *client) {
	t.Helper()
	if err := c.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}
