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

// Protects those who ask a bot for something: what they type reaches the bot that
// registered the command, nobody else, and its answer is read; it is found as the
// house's own commands are, and refused when the bot is away.
func TestBotCommand(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, bob := h.enterAs("alice", newKey(t)), h.nc("bob")
	robot := h.sshAs("robot", key(newKey(t))...)
	const commands = `[{"name": "deploy", "params": "ENVIRONMENT", "help": "brings the latest build there"}]`
	ask(t, with(robot, "bot commands"), commands).want(t, 1, "", "This key is no bot's. /key bot makes it one.\n")
	ask(t, with(robot, "key bot"))
	ask(t, with(robot, "bot commands"), commands).want(t, 0, "Commands of this bot from now on: 1.\n", "")
	ask(t, with(h.ssh("eve"), "bot list")).want(t, 0, "/deploy ENVIRONMENT: brings the latest build there (robot)\n", "")

	alice.says("/deploy staging")
	alice.shows("! The bot robot does not read #lobby now. Nothing was done: /deploy staging")
	ear, eye := launch(t, with(robot, "follow")...), launch(t, with(h.ssh("eye"), "follow --json")...)
	h.following(2)
	alice.types("/dep")
	alice.presses("Tab")
	alice.types("staging now")
	alice.rowIs("> /deploy staging now")
	alice.presses("Enter")
	alice.shows("* Handed to robot: /deploy staging now")
	ear.sees("Z * alice asks: /deploy staging now\n")
	ear.kill()

	ear = launch(t, with(robot, "follow --json")...)
	h.following(3)
	eventually(t, "the bot is there again", func() bool {
		alice.says("/deploy production")
		return strings.Contains(ear.out.String(), `"type":"command"`)
	})
	got := jsonLines(t, ear.out.String())[0]
	if got["name"] != "alice" || got["verified"] != true || got["command"] != "deploy" || got["args"] != "production" || got["room"] != "lobby" {
		t.Errorf("the bot reads %v", got)
	}
	ask(t, with(robot, "say production is deployed")).want(t, 0, "", "")
	alice.shows("robot✓⚙: production is deployed")
	ask(t, with(robot, "to alice and tested")).want(t, 0, "", "")
	alice.shows("[robot✓⚙ to you] and tested")
	eye.sees("production is deployed")
	eye.hasNotSeen("staging", `"command"`)
	bob.hasNotSeen("staging", "deploy production")

	alice.says("/whois robot")
	alice.shows("* robot is away", "* a bot")
	alice.says("/help deploy")
	alice.shows("* Usage: /deploy ENVIRONMENT", "* brings the latest build there", "* A command of the bot robot.")
	alice.says("/help bots")
	alice.shows("* /deploy ENVIRONMENT: brings the latest build there (robot)")
	ask(t, with(robot, "bot remove")).want(t, 0, "Commands of this bot from now on: 0.\n", "")
	alice.says("/deploy staging")
	alice.shows("! There is no command /deploy.")
}

// Protects a bot's commands from other bots, and the house's from all of them; what
// cannot be registered changes nothing, and what can outlasts the house.
func TestBotCommandNames(t *testing.T) {
	t.Parallel()
	h := start(t)
	id := newKey(t)
	bots := [][]string{h.sshAs("first", key(id)...), h.sshAs("second", key(newKey(t))...)}
	for _, bot := range bots {
		ask(t, with(bot, "key bot")).want(t, 0, "This key is a bot's now, and everybody sees that. /key person takes it back.\n", "")
	}
	list := func(name string) string { return `[{"name": "` + name + `", "help": "does it"}]` }
	ask(t, with(bots[0], "bot commands"), list("deploy")).want(t, 0, "Commands of this bot from now on: 1.\n", "")
	for _, c := range []struct{ input, err string }{
		{list("deploy"), "deploy is a command of the bot first. Nothing was changed.\n"},
		{list("who"), "There is a command who already. Nothing was changed.\n"},
		{list("Deploy!"), `"Deploy!" is no name of a command: 2 to 20 of a-z, 0-9 and - are.`},
		{"not JSON", "These are no commands: a JSON array is wanted of"},
		{"", "These are no commands: a JSON array is wanted of"},
		{strings.Repeat(" ", 100_000), "These are no commands: a JSON array is wanted of"},
	} {
		ask(t, with(bots[1], "bot commands"), c.input).want(t, 1, "", c.err)
	}
	h = h.again()
	ask(t, with(h.ssh("eve"), "bot list")).want(t, 0, "/deploy: does it (first)\n", "")
	ask(t, with(h.sshAs("first", key(id)...), "key person"))
	ask(t, with(h.ssh("eve"), "bot list")).want(t, 1, "", "No bot has a command.\n")
}
