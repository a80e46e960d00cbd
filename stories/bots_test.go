package stories

import (
	"strings"
	"syscall"
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
	ask(t, with(robot, "key bot")).want(t, 0, "This key is a bot's now, and everybody sees that. key person takes it back.\n", "")

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
	alice.shows("eve: robot⛭: beep")

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
	ask(t, with(robot, "bot commands"), commands).want(t, 1, "", "This key is no bot's. key bot makes it one.\n")
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
	alice.shows("* robot: the name belongs to this key", "* a bot, which follows #lobby")
	alice.says("/help deploy")
	alice.shows("* Usage: /deploy ENVIRONMENT", "* The bot robot says of it: brings the latest build there")
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
		ask(t, with(bot, "key bot")).want(t, 0, "This key is a bot's now, and everybody sees that. key person takes it back.\n", "")
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

// Protects scripts that ask a bot for something: its command is one of ssh, says
// whether it was handed over, and where.
func TestBotCommandByScript(t *testing.T) {
	t.Parallel()
	h := start(t)
	robot, ci := h.sshAs("robot", key(newKey(t))...), h.ssh("ci")
	ask(t, with(robot, "key bot"))
	ask(t, with(robot, "bot commands"), `[{"name": "deploy", "params": "ENVIRONMENT", "help": "deploys"}]`)
	ask(t, with(ci, "deploy staging")).want(t, 1, "", "The bot robot does not read #lobby now. Nothing was done: /deploy staging\n")
	ear := launch(t, with(robot, "follow --json")...)
	h.following(1)
	ask(t, with(ci, "deploy staging now")).want(t, 0, "Handed to robot: /deploy staging now\n", "")
	ask(t, with(ci, "deploy -- --json")).want(t, 0, "Handed to robot: /deploy --json\n", "")
	ask(t, with(ci, "deplay staging")).want(t, 2, "", "There is no command deplay.")
	ear.sees(`"name":"ci","verified":false,"command":"deploy","args":"staging now"`, `"args":"--json"`)
}

// Protects those who wait for what a bot was asked: where its client has died before it
// took the command, they learn that, and the bot is not asked a second time.
func TestBotCommandThatIsLost(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, robot := h.enter("alice"), h.sshAs("robot", key(newKey(t))...)
	ask(t, with(robot, "key bot"))
	ask(t, with(robot, "bot commands"), `[{"name": "deploy", "help": "deploys"}]`)
	ear := launch(t, with(robot, "follow --json")...)
	h.following(1)
	alice.says("/deploy first")
	ear.sees(`"args":"first"`)
	ask(t, with(h.ssh("eve"), "say that takes a while, in which it is known that the bot has it"))
	stop(t, ear) // a cable is pulled
	alice.says("/deploy second")
	alice.shows("* Handed to robot: /deploy second")
	alice.hides("went away")
	ear.kill()
	alice.shows("* robot went away, and may not have read this: /deploy second")
	alice.hides("read this: /deploy first")
	ear = launch(t, with(robot, "follow --json")...)
	h.following(2)
	alice.says("/deploy third")
	ear.sees(`"args":"third"`)
	ear.hasNotSeen("second")
}

// Protects a house from dead bots that go on reading: who holds the input of its ssh,
// and has written something to it, ends it by dying.
func TestFollowEndsWithItsOwner(t *testing.T) {
	t.Parallel()
	h := start(t)
	robot := with(h.sshAs("robot", key(newKey(t))...), "follow")
	held, loose := launch(t, robot...), launch(t, robot...)
	h.following(2)
	held.types("")
	if err := loose.stdin.Close(); err != nil { // as with < /dev/null
		t.Error(err)
	}
	h.nc("bob").types("hello")
	held.sees("bob: hello\n")
	if err := held.stdin.Close(); err != nil { // as the system does for who dies
		t.Error(err)
	}
	held.exits(0)
	h.nc("carol").types("anybody?")
	loose.sees("carol: anybody?\n")
}

// stop has a client do nothing until it is killed.
func stop(t *testing.T, c *client) {
	t.Helper()
	if err := c.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}
