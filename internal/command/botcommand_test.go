package command_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/follow"
	"teahouse/internal/ids"
	"teahouse/internal/inbox"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A bot's command reaches one session of the bot, if it follows the room, and nobody else.
// Otherwise the user is told.
func TestCommandOfABot(t *testing.T) {
	h, robot, alice := roomtest.HubWithBot(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Read(t, bob)
	if got := roomtest.Does(t, alice, "/deploy  to\tstaging"); got != "~ "+testkit.English(reply.HandedToBot, "command", "/deploy to staging") {
		t.Errorf("alice: %s", got)
	}
	if got := roomtest.ReceivedCommands(robot); got != "alice deploy to\tstaging" {
		t.Errorf("the bot is asked %q", got)
	}
	roomtest.Expect(t, bob, "")
	other := roomtest.Following(t, h, "R", "")
	roomtest.Does(t, alice, "/deploy")
	if old, latest := roomtest.ReceivedCommands(robot), roomtest.ReceivedCommands(other); old != "" || latest != "alice deploy " {
		t.Errorf("the bot's two sessions are asked %q and %q", old, latest)
	}
	roomtest.Does(t, alice, "/join #tea")
	if got := roomtest.Does(t, alice, "/deploy x"); got != "~ "+testkit.English(reply.BotAway, "command", "tea", "/deploy x") {
		t.Errorf("elsewhere: %s", got)
	}
	inside := roomtest.Following(t, h, "R", "tea")
	roomtest.Does(t, alice, "/deploy y")
	if got := roomtest.ReceivedCommands(inside); got != "alice deploy y" {
		t.Errorf("in the room the bot is asked %q", got)
	}
	inside.Leave(room.Quit)
	if got := roomtest.Does(t, alice, "/deploy z"); !strings.HasPrefix(got, "~ "+testkit.EnglishPart(reply.BotAway, 0)+"command"+testkit.EnglishPart(reply.BotAway, 1)+"tea") {
		t.Errorf("when the bot is away: %s", got)
	}
}

// A muted or ignored user cannot send commands to a bot, and a user who sends more than the bot
// reads is told.
func TestRefusedBotCommands(t *testing.T) {
	h, robot, alice := roomtest.HubWithBot(t)
	for i := range inbox.Size {
		roomtest.Does(t, alice, fmt.Sprint("/deploy ", i))
	}
	if got := roomtest.Does(t, alice, "/deploy more"); !strings.HasPrefix(got, "~ "+testkit.English(reply.MailboxFull, "command")) {
		t.Errorf("one more: %s", got)
	}
	roomtest.ReceivedCommands(robot)
	root := roomtest.Enter(t, h, roomtest.At("root", "root"))
	roomtest.Does(t, root, "/mute alice")
	if got := roomtest.Does(t, alice, "/deploy x"); !strings.HasPrefix(got, "~ "+testkit.English(reply.MutedForGood)) {
		t.Errorf("muted: %s", got)
	}
	roomtest.Does(t, root, "/unmute alice")
	if _, err := roomtest.Command(t, h, "R", "ignore", "alice"); err != nil {
		t.Fatal(err)
	}
	if got := roomtest.Does(t, alice, "/deploy x"); got != "~ "+testkit.English(reply.Ignored, "command") || roomtest.ReceivedCommands(robot) != "" {
		t.Errorf("ignored: %s", got)
	}
}

// A command is handed to a bot's session once. If the session ends before its client is known to
// have it, the asker is told, if still online, and nobody else gets it.
func TestPendingCommandIsLost(t *testing.T) {
	h, robot, alice := roomtest.HubWithBot(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	gone := roomtest.Enter(t, h, roomtest.At("gone", ""))
	roomtest.Does(t, alice, "/deploy one")
	roomtest.Does(t, alice, "/deploy two")
	roomtest.Does(t, bob, "/deploy three")
	roomtest.Does(t, gone, "/deploy four")
	gone.Leave(room.Quit)
	roomtest.ReceivedCommands(robot)
	follow.Ack(robot.Session, time.Time{}, 1)
	roomtest.Read(t, alice)
	roomtest.Read(t, bob)
	robot.Leave(room.HungUp)
	follow.Stop(robot.Session)
	follow.Stop(robot.Session)
	roomtest.Expect(t, alice, "~ "+testkit.English(reply.BotLeft, "command", "/deploy two"))
	roomtest.Expect(t, bob, "~ "+testkit.English(reply.BotLeft, "command", "/deploy three"))
	again := roomtest.Following(t, h, "R", "")
	if got := roomtest.ReceivedCommands(again); got != "" {
		t.Errorf("later the bot is asked again: %q", got)
	}
	follow.Stop(again.Session)
	roomtest.Expect(t, alice, "")
}

// A bot whose client receives commands, and never confirms them, gets no more of them than others.
func TestPendingCommandsAreBounded(t *testing.T) {
	h, robot, alice := roomtest.HubWithBot(t)
	for range inbox.Size {
		roomtest.Does(t, alice, "/deploy")
		roomtest.ReceivedCommands(robot)
	}
	if got := roomtest.Does(t, alice, "/deploy more"); !strings.HasPrefix(got, "~ "+testkit.English(reply.MailboxFull, "command")) {
		t.Errorf("one more: %s", got)
	}
	follow.Ack(robot.Session, time.Time{}, inbox.Size)
	if got := roomtest.Does(t, alice, "/deploy more"); got != "~ "+testkit.English(reply.HandedToBot, "command", "/deploy more") {
		t.Errorf("afterwards: %s", got)
	}
	if m := roomtest.Peek(h).ReadMarkers.Get(accounts.ReadMarkerKey(robot.Person, room.Lobby)); m.At.IsZero() {
		t.Error("commands move a follower's place")
	}
}

// Programs can use a bot's command like a built-in one.
func TestBotCommandByExec(t *testing.T) {
	h, robot, _ := roomtest.HubWithBot(t)
	if e, err := roomtest.Command(t, h, "B", "deploy", "to", "staging"); err != nil || roomtest.Describe(e) != "~ "+testkit.English(reply.HandedToBot, "command", "/deploy to staging") {
		t.Errorf("%v, %v", e, err)
	}
	if got := roomtest.ReceivedCommands(robot); got != "command-2 deploy to staging" {
		t.Errorf("the bot is asked %q", got)
	}
	robot.Leave(room.Quit)
	_, err := roomtest.Command(t, h, "B", "deploy", "staging")
	roomtest.Refuses(t, "of a bot that is away", err, reply.BotAway)
	_, err = roomtest.Command(t, h, "B", "brew")
	roomtest.Refuses(t, "of no bot", err, reply.UnknownCommand)
}

// Commands that cannot be registered change nothing.
func TestCommandsThatCannotBe(t *testing.T) {
	h, _, alice := roomtest.HubWithBot(t)
	roomtest.RegisterCommands(t, h, "S", `[]`)
	one := func(name, params, help string) string {
		return fmt.Sprintf(`[{"name": %q, "params": %q, "help": %q}]`, name, params, help)
	}
	many := strings.TrimSuffix(strings.Repeat(`{"name": "xx", "help": "x"},`, accounts.MaxCommandsPerBot+1), ",")
	for list, want := range map[string]reply.Code{
		"": reply.InvalidCommands, "null": reply.InvalidCommands, "{}": reply.InvalidCommands, "[1]": reply.InvalidCommands, "[] []": reply.InvalidCommands, `[{"nmae": "xx"}]`: reply.InvalidCommands,
		"[" + many + "]":         reply.TooManyCommands,
		one("x", "", "x"):        reply.InvalidCommandName,
		one("Deploy", "", "x"):   reply.InvalidCommandName,
		one("de ploy", "", "x"):  reply.InvalidCommandName,
		one("who", "", "x"):      reply.CommandExists,
		one("rename", "", "x"):   reply.CommandExists,
		one("follow", "", "x"):   reply.CommandExists,
		one("settings", "", "x"): reply.CommandExists,
		one("deploy", "", "x"):   reply.CommandTaken,
		one("xx", "", ""):        reply.CommandText,
		one("xx", "", "\n"):      reply.CommandText,
		one("xx", "", strings.Repeat("x", accounts.MaxBotHelp+1)):    reply.CommandText,
		one("xx", strings.Repeat("x", accounts.MaxBotParams+1), "x"): reply.CommandText,
		`[{"name":"xx","help":"x"},{"name":"xx","help":"y"}]`:        reply.CommandExists,
	} {
		_, err := roomtest.Command(t, h, "S", "bot", "commands", list)
		roomtest.Refuses(t, list, err, want)
	}
	_, err := roomtest.Command(t, h, "A", "bot", "commands", "[]")
	roomtest.Refuses(t, "a person", err, reply.IsNoBot)
	_, err = roomtest.Command(t, h, "", "bot", "commands", "[]")
	roomtest.Refuses(t, "a guest", err, reply.NeedKey)
	if got := roomtest.Does(t, alice, "/help bots"); got != "~ /deploy ENVIRONMENT: deploys to 100% (command)" {
		t.Errorf("afterwards: %s", got)
	}
}

// Bots' commands are found like built-in ones, also after a restart, and disappear with their bot.
func TestBotCommandLookup(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
	roomtest.RegisterCommands(t, h, "R", `[{"name": "deploy", "params": "ENVIRONMENT", "help": "deploys"}, {"name": "depart", "help": "goes"}]`)
	h = b.Reopen(t)
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	if got := fmt.Sprint(alice.CompleteCommand("de", command.SlashSyntax), alice.CompleteCommand("de", command.ExecSyntax)); got != "[depart deploy] []" {
		t.Errorf("completion offers %s", got)
	}
	if got := roomtest.Does(t, alice, "/help deploy"); got != "~ "+testkit.English(reply.Usage, "/deploy ENVIRONMENT")+" | "+testkit.English(reply.BotHelp, "command", "deploys") {
		t.Errorf("help: %s", got)
	}
	_, err := roomtest.Command(t, h, "A", "bot", "remove", "depart")
	roomtest.Refuses(t, "alice removes another's", err, reply.OperatorsOnly)
	if _, err := roomtest.Command(t, h, "root", "bot", "remove", "depart"); err != nil {
		t.Error(err)
	}
	if e, err := roomtest.Command(t, h, "", "bot", "list"); err != nil || roomtest.Describe(e) != "~ /deploy ENVIRONMENT: deploys (command)" {
		t.Errorf("an operator has removed one: %v", err)
	}
	if _, err := roomtest.Command(t, h, "R", "bot", "remove"); err != nil {
		t.Error(err)
	}
	_, err = roomtest.Command(t, h, "", "bot", "list")
	roomtest.Refuses(t, "removed", err, reply.NoBotCommands)

	roomtest.RegisterCommands(t, h, "S", `[{"name": "deploy", "help": "mine"}]`)
	if _, err := roomtest.Command(t, h, "S", "key", "person"); err != nil {
		t.Error(err)
	}
	if got := roomtest.Does(t, alice, "/deploy"); !strings.HasPrefix(got, "~ "+testkit.EnglishPart(reply.UnknownMeant, 0)+"/deploy.") {
		t.Errorf("of a key that is no longer a bot's: %s", got)
	}
}

// Bots with new keys may have at most half of all commands, and those of known bots are listed
// first, so that nobody can hide them.
func TestCommandsOfManyBots(t *testing.T) {
	h, _ := roomtest.LimitedHub()
	registers := func(key string, n int) error {
		s, _, err := roomtest.ExecHub(h, roomtest.At("bot", ids.Fingerprint(key)))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave(room.Quit)
		if _, err := s.RunCommand([]string{"key", "bot"}); err != nil {
			t.Fatal(err)
		}
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"name": "%s-%d", "help": "x"}`, strings.ToLower(key), i))
		}
		_, err = s.RunCommand([]string{"bot", "commands", "[" + strings.Join(list, ",") + "]"})
		return err
	}
	n := 0
	for registers(fmt.Sprint("A", n), accounts.MaxCommandsPerBot) == nil {
		n++
	}
	if n != command.MaxBotCommands/2/accounts.MaxCommandsPerBot {
		t.Errorf("%d new bots have commands", n)
	}
	if err := registers("K", 2); err != nil {
		t.Errorf("a known bot: %v", err)
	}
	s, _, err := roomtest.ExecHub(h, roomtest.At("someone", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Leave(room.Quit)
	if e, err := s.RunCommand([]string{"bot", "list"}); err != nil || len(roomtest.LinesOf(e)) != command.MaxListedCommands || roomtest.LinesOf(e)[0].Args[0] != "/k-0" {
		t.Errorf("%d are listed, %v", len(roomtest.LinesOf(e)), err)
	}
}

// Whatever a bot sends as its commands, either all of it is registered as it is and readable by
// everybody, or nothing is and the previous commands stay.
func FuzzBotCommands(f *testing.F) {
	f.Add(`[{"name": "deploy", "params": "ENVIRONMENT", "help": "deploys"}]`)
	f.Add(`[]`)
	f.Add(`[{"name": "who", "help": "x"}]`)
	f.Add(`[{"name": "a-1", "help": "\u001b[2J\u202e"}, {"name": "a-1", "help": "twice"}]`)
	f.Add(`[{"name": "long", "help": "` + strings.Repeat("\U0001F375", accounts.MaxBotHelp) + `"}] and more`)
	f.Add(strings.Repeat(`[`, 5000))
	f.Fuzz(func(t *testing.T, array string) {
		b := roomtest.NewFakeRecordStore()
		h := b.NewHub(room.Config{})
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		roomtest.RegisterCommands(t, h, "R", `[{"name": "before", "help": "was there"}]`)
		_, err := roomtest.Command(t, h, "R", "bot", "commands", array)
		kept := roomtest.Peek(h).Bots.Get("R").Commands
		if err != nil && (len(kept) != 1 || kept[0].Name != "before") {
			t.Errorf("refused with %v, but kept %+v", err, kept)
		}
		names := map[string]bool{}
		for _, c := range kept {
			if names[c.Name] || !accounts.IsBotCommandName(c.Name) || !c.FitsHelp() {
				t.Errorf("kept %+v", c)
			}
			names[c.Name] = true
			alice.HandleLine("/help "+c.Name, command.SlashSyntax)
		}
		alice.HandleLine("/help bots", command.SlashSyntax)
		alice.HandleLine("/before x", command.SlashSyntax)
		for _, e := range alice.Take(make([]room.Item, 0, 512)) {
			roomtest.WantClean(t, e)
		}
		if len(kept) > accounts.MaxCommandsPerBot || len(b.Wrong) > 0 {
			t.Errorf("%d commands, the hub writes %s", len(kept), b.Wrong)
		}
	})
}
