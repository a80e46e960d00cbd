package room

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// automated returns a hub with a bot that has registered /deploy and follows the lobby, and a user
// who types.
func automated(t *testing.T) (h *Hub, follower, alice *Session) {
	t.Helper()
	h = NewHub()
	alice = enter(t, h, at("alice", "A"))
	registers(t, h, "R", `[{"name": "deploy", "params": "ENVIRONMENT", "help": "deploys to 100%"}]`)
	return h, following(t, h, "R", ""), alice
}

// registers makes a key a bot's, with commands.
func registers(t *testing.T, h *Hub, key, commands string) {
	t.Helper()
	for _, words := range [][]string{{"key", "bot"}, {"bot", "commands", commands}} {
		if _, err := command(t, h, key, words...); err != nil {
			t.Fatal(err)
		}
	}
}

// following returns a session that follows a room.
func following(t *testing.T, h *Hub, key, where string) *Session {
	t.Helper()
	s, _, err := h.Exec(ClientInfo{RequestedName: "robot", Fingerprint: key, Room: where})
	if err == nil {
		_, err = s.RunCommand([]string{"follow"})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Leave(Quit) })
	return s
}

// asked reads what a bot is asked.
func asked(s *Session) string {
	var list []string
	for _, e := range s.Take(make([]Item, 0, 99)) {
		if c, ok := e.(*BotCommand); ok {
			list = append(list, fmt.Sprint(c.User.Name, " ", c.Name, " ", c.Args))
		}
	}
	return strings.Join(list, "; ")
}

// A bot's command reaches one session of the bot, if it follows the room, and nobody else.
// Otherwise the user is told.
func TestCommandOfABot(t *testing.T) {
	h, robot, alice := automated(t)
	bob := enter(t, h, at("bob", ""))
	read(t, bob)
	if got := does(t, alice, "/deploy  to\tstaging"); got != "~ "+testkit.English(reply.HandedToBot, "command", "/deploy to staging") {
		t.Errorf("alice: %s", got)
	}
	if got := asked(robot); got != "alice deploy to\tstaging" {
		t.Errorf("it is asked %q", got)
	}
	expect(t, bob, "")
	other := following(t, h, "R", "")
	does(t, alice, "/deploy")
	if old, latest := asked(robot), asked(other); old != "" || latest != "alice deploy " {
		t.Errorf("of two sessions it is asked %q and %q", old, latest)
	}
	does(t, alice, "/join #tea")
	if got := does(t, alice, "/deploy x"); got != "~ "+testkit.English(reply.BotAway, "command", "tea", "/deploy x") {
		t.Errorf("elsewhere: %s", got)
	}
	inside := following(t, h, "R", "tea")
	does(t, alice, "/deploy y")
	if got := asked(inside); got != "alice deploy y" {
		t.Errorf("in the room it is asked %q", got)
	}
	inside.Leave(Quit)
	if got := does(t, alice, "/deploy z"); !strings.HasPrefix(got, "~ "+testkit.EnglishPart(reply.BotAway, 0)+"command"+testkit.EnglishPart(reply.BotAway, 1)+"tea") {
		t.Errorf("when it is away: %s", got)
	}
}

// A muted or ignored user cannot send commands to a bot, and a user who sends more than the bot
// reads is told.
func TestRefusedBotCommands(t *testing.T) {
	h, robot, alice := automated(t)
	for i := range mailboxSize {
		does(t, alice, fmt.Sprint("/deploy ", i))
	}
	if got := does(t, alice, "/deploy more"); !strings.HasPrefix(got, "~ "+testkit.English(reply.MailboxFull, "command")) {
		t.Errorf("one more: %s", got)
	}
	asked(robot)
	h.IsOperatorKey = func(key string) bool { return key == "root" }
	root := enter(t, h, at("root", "root"))
	does(t, root, "/mute alice")
	if got := does(t, alice, "/deploy x"); !strings.HasPrefix(got, "~ "+testkit.English(reply.MutedForGood)) {
		t.Errorf("muted: %s", got)
	}
	does(t, root, "/unmute alice")
	if _, err := command(t, h, "R", "ignore", "alice"); err != nil {
		t.Fatal(err)
	}
	if got := does(t, alice, "/deploy x"); got != "~ "+testkit.English(reply.Ignored, "command") || asked(robot) != "" {
		t.Errorf("ignored: %s", got)
	}
}

// A command is handed to a bot's session once. If the session ends before its client is known to
// have it, the asker is told, if still online, and nobody else gets it.
func TestPendingCommandIsLost(t *testing.T) {
	h, robot, alice := automated(t)
	bob := enter(t, h, at("bob", ""))
	gone := enter(t, h, at("gone", ""))
	does(t, alice, "/deploy one")
	does(t, alice, "/deploy two")
	does(t, bob, "/deploy three")
	does(t, gone, "/deploy four")
	gone.Leave(Quit)
	asked(robot)
	robot.AckRead(time.Time{}, 1)
	read(t, alice)
	read(t, bob)
	robot.Leave(HungUp)
	robot.StopFollowing()
	robot.StopFollowing()
	expect(t, alice, "~ "+testkit.English(reply.BotLeft, "command", "/deploy two"))
	expect(t, bob, "~ "+testkit.English(reply.BotLeft, "command", "/deploy three"))
	again := following(t, h, "R", "")
	if got := asked(again); got != "" {
		t.Errorf("later it is asked again: %q", got)
	}
	again.StopFollowing()
	expect(t, alice, "")
}

// A bot whose client takes in what it is asked, and never says so, is asked no more
// than others.
func TestPendingCommandsAreBounded(t *testing.T) {
	h, robot, alice := automated(t)
	for range mailboxSize {
		does(t, alice, "/deploy")
		asked(robot)
	}
	if got := does(t, alice, "/deploy more"); !strings.HasPrefix(got, "~ "+testkit.English(reply.MailboxFull, "command")) {
		t.Errorf("one more: %s", got)
	}
	robot.AckRead(time.Time{}, mailboxSize)
	if got := does(t, alice, "/deploy more"); got != "~ "+testkit.English(reply.HandedToBot, "command", "/deploy more") {
		t.Errorf("afterwards: %s", got)
	}
	if m := h.readMarkers.Get(robot.readMarkerKey()); m.At.IsZero() {
		t.Error("commands move the place of who follows")
	}
}

// Programs can use a bot's command like a built-in one.
func TestBotCommandByExec(t *testing.T) {
	h, robot, _ := automated(t)
	if e, err := command(t, h, "B", "deploy", "to", "staging"); err != nil || describe(e) != "~ "+testkit.English(reply.HandedToBot, "command", "/deploy to staging") {
		t.Errorf("%v, %v", e, err)
	}
	if got := asked(robot); got != "command-2 deploy to staging" {
		t.Errorf("it is asked %q", got)
	}
	robot.Leave(Quit)
	_, err := command(t, h, "B", "deploy", "staging")
	refuses(t, "of a bot that is away", err, reply.BotAway)
	_, err = command(t, h, "B", "brew")
	refuses(t, "of no bot", err, reply.UnknownCommand)
}

// Commands that cannot be registered change nothing.
func TestCommandsThatCannotBe(t *testing.T) {
	h, _, alice := automated(t)
	registers(t, h, "S", `[]`)
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
		_, err := command(t, h, "S", "bot", "commands", list)
		refuses(t, list, err, want)
	}
	_, err := command(t, h, "A", "bot", "commands", "[]")
	refuses(t, "a person", err, reply.IsNoBot)
	_, err = command(t, h, "", "bot", "commands", "[]")
	refuses(t, "a guest", err, reply.NeedKey)
	if got := does(t, alice, "/help bots"); got != "~ /deploy ENVIRONMENT: deploys to 100% (command)" {
		t.Errorf("afterwards: %s", got)
	}
}

// Bots' commands are found like built-in ones, also after a restart, and disappear with their bot.
func TestBotCommandLookup(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	registers(t, h, "R", `[{"name": "deploy", "params": "ENVIRONMENT", "help": "deploys"}, {"name": "depart", "help": "goes"}]`)
	h = b.reopen(t)
	h.IsOperatorKey = func(key string) bool { return key == "root" }
	alice := enter(t, h, at("alice", "A"))
	if got := fmt.Sprint(alice.CompleteCommand("de", SlashSyntax), alice.CompleteCommand("de", ExecSyntax)); got != "[depart deploy] []" {
		t.Errorf("completion offers %s", got)
	}
	if got := does(t, alice, "/help deploy"); got != "~ Usage: /deploy ENVIRONMENT | "+testkit.English(reply.BotHelp, "command", "deploys") {
		t.Errorf("help: %s", got)
	}
	_, err := command(t, h, "A", "bot", "remove", "depart")
	refuses(t, "alice removes another's", err, reply.OperatorsOnly)
	if _, err := command(t, h, "root", "bot", "remove", "depart"); err != nil {
		t.Error(err)
	}
	if e, err := command(t, h, "", "bot", "list"); err != nil || describe(e) != "~ /deploy ENVIRONMENT: deploys (command)" {
		t.Errorf("an operator has removed one: %v", err)
	}
	if _, err := command(t, h, "R", "bot", "remove"); err != nil {
		t.Error(err)
	}
	_, err = command(t, h, "", "bot", "list")
	refuses(t, "removed", err, reply.NoBotCommands)

	registers(t, h, "S", `[{"name": "deploy", "help": "mine"}]`)
	if _, err := command(t, h, "S", "key", "person"); err != nil {
		t.Error(err)
	}
	if got := does(t, alice, "/deploy"); !strings.HasPrefix(got, "~ "+testkit.EnglishPart(reply.UnknownMeant, 0)+"/deploy.") {
		t.Errorf("of a bot that is none any more: %s", got)
	}
}

// Bots with new keys have half of the commands that all may have, and those of known ones are
// listed first: nobody hides them.
func TestCommandsOfManyBots(t *testing.T) {
	h, _ := limited()
	registers := func(key string, n int) error {
		s, _, err := h.Exec(at("bot", key))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave(Quit)
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
	if n != maxBotCommands/2/accounts.MaxCommandsPerBot {
		t.Errorf("%d new bots have commands", n)
	}
	if err := registers("K", 2); err != nil {
		t.Errorf("one that is known: %v", err)
	}
	s, _, err := h.Exec(at("someone", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Leave(Quit)
	if e, err := s.RunCommand([]string{"bot", "list"}); err != nil || len(linesOf(e)) != maxListedCommands || linesOf(e)[0].Args[0] != "/k-0" {
		t.Errorf("%d are listed, %v", len(linesOf(e)), err)
	}
}

// Whatever a bot sends as its commands, they are taken as they stand, and everybody can
// read what they are, or none is, and those of before stay.
func FuzzBotCommands(f *testing.F) {
	f.Add(`[{"name": "deploy", "params": "ENVIRONMENT", "help": "deploys"}]`)
	f.Add(`[]`)
	f.Add(`[{"name": "who", "help": "x"}]`)
	f.Add(`[{"name": "a-1", "help": "\u001b[2J\u202e"}, {"name": "a-1", "help": "twice"}]`)
	f.Add(`[{"name": "long", "help": "` + strings.Repeat("\U0001F375", accounts.MaxBotHelp) + `"}] and more`)
	f.Add(strings.Repeat(`[`, 5000))
	f.Fuzz(func(t *testing.T, array string) {
		h := NewHub()
		b := newFakeRecordStore(h)
		alice := enter(t, h, at("alice", "A"))
		registers(t, h, "R", `[{"name": "before", "help": "was there"}]`)
		_, err := command(t, h, "R", "bot", "commands", array)
		kept := h.bots.Get("R").Commands
		if err != nil && (len(kept) != 1 || kept[0].Name != "before") {
			t.Errorf("refused with %v, but kept %+v", err, kept)
		}
		names := map[string]bool{}
		for _, c := range kept {
			if names[c.Name] || !accounts.IsBotCommandName(c.Name) || !c.FitsHelp() {
				t.Errorf("kept %+v", c)
			}
			names[c.Name] = true
			alice.HandleLine("/help "+c.Name, SlashSyntax)
		}
		alice.HandleLine("/help bots", SlashSyntax)
		alice.HandleLine("/before x", SlashSyntax)
		for _, e := range alice.Take(make([]Item, 0, 512)) {
			wantClean(t, e)
		}
		if len(kept) > accounts.MaxCommandsPerBot || len(b.wrong) > 0 {
			t.Errorf("%d commands, the house writes %s", len(kept), b.wrong)
		}
	})
}
