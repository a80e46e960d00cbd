package builtin_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// A key that its owner marked is a bot's in all sessions, including later ones and after a restart,
// until the mark is removed.
func TestKeyOfABot(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	robot, guest := roomtest.Enter(t, h, roomtest.At("robot", "R")), roomtest.Enter(t, h, roomtest.At("guest", ""))
	if got := roomtest.Does(t, guest, "/key bot"); got != "~ "+i18n.English(string(reply.NeedKey)) {
		t.Errorf("a guest: %s", got)
	}
	if got := roomtest.Does(t, robot, "/key person"); got != "~ "+testkit.English(reply.IsNoBot) {
		t.Errorf("a person: %s", got)
	}
	_, err := roomtest.Command(t, h, "R", "key", "bot")
	if err != nil || !robot.UserInfo().Bot || guest.UserInfo().Bot {
		t.Errorf("marked: %v, %v", robot.UserInfo(), err)
	}
	if got := roomtest.OwnedNames(t, h, "R"); got != "robot" {
		t.Errorf("its names are %s", got)
	}
	if got := roomtest.Does(t, robot, "/key bot"); got != "~ "+testkit.English(reply.IsBot) {
		t.Errorf("again: %s", got)
	}
	if got := roomtest.Does(t, guest, "/whois robot"); got != "~ "+testkit.English(reply.WhoisVerified, "robot")+" | a bot | key R | "+testkit.English(reply.WhoisSession, "", "?", reply.Moment(robot.Since).String(), "0s") {
		t.Errorf("whois: %s", got)
	}
	roomtest.Does(t, robot, "/nick machine")
	if !robot.UserInfo().Bot {
		t.Error("under another name it is not a bot")
	}

	if !roomtest.Enter(t, b.Reopen(t), roomtest.At("machine", "R")).UserInfo().Bot {
		t.Error("after a restart it is not a bot")
	}
	roomtest.Does(t, robot, "/key person")
	if robot.UserInfo().Bot || len(b.Tables["bots"]) != 0 {
		t.Error("without the mark it is still a bot")
	}
}

// Marking a key also makes its person the owner of the name, even if they never entered, unless
// somebody else has it.
func TestNameOfABot(t *testing.T) {
	h := room.New(room.Config{})
	for _, bot := range []struct{ key, names string }{{"R", "command"}, {"S", ""}} {
		if _, err := roomtest.Command(t, h, ids.Fingerprint(bot.key), "key", "bot"); err != nil {
			t.Error(err)
		}
		if got := roomtest.OwnedNames(t, h, ids.Fingerprint(bot.key)); got != bot.names {
			t.Errorf("%s owns %q", bot.key, got)
		}
	}
}

// A bot has exactly one key: adding a bot's key makes nobody a bot, and a person with several keys
// cannot mark one of them.
func TestBotHasAKeyOfItsOwn(t *testing.T) {
	h := room.New(room.Config{})
	alice, robot := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("robot", "R"))
	roomtest.Does(t, robot, "/key bot")
	roomtest.Does(t, robot, "/key add "+roomtest.LinkCode(t, alice)+" yes")
	if again := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "robot", Fingerprint: "R"}); again.UserInfo().Bot || roomtest.Peek(h).Bots.Len() != 0 {
		t.Errorf("alice is a bot: %v", again.UserInfo())
	}
	if got := roomtest.Does(t, alice, "/key bot"); got != "~ "+i18n.English(string(reply.BotHasKeys)) {
		t.Errorf("with two keys: %s", got)
	}
}

// A bot is shown no history on entering.
func TestNoHistoryForBots(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Does(t, alice, "hello")
	roomtest.Does(t, alice, "/join #tea")
	roomtest.Does(t, alice, "green")
	if _, err := roomtest.Command(t, h, "R", "key", "bot"); err != nil {
		t.Fatal(err)
	}
	robot := roomtest.Enter(t, h, roomtest.At("robot", "R"))
	if a, err := welcome.For(robot.Session, 10); err != nil || len(a.Messages) != 0 {
		t.Errorf("the bot reads %v, %v", a.Messages, err)
	}
	if got := roomtest.Does(t, robot, "/join tea"); got != "entered tea (): 2 here, +robot" && got != "entered tea (): 2 here" {
		t.Errorf("in the room the bot reads %q", got)
	}
}

// Bots have their own rate limit: they are slowed down, and never muted.
func TestRateLimitOfBots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 2, Burst: 20, BotLines: 5, BotBurst: 60}}})
		robot := roomtest.Enter(t, h, roomtest.At("robot", "R"))
		roomtest.Does(t, robot, "/key bot")
		send := func(n int) func() {
			return func() {
				for i := range n {
					if got := roomtest.Does(t, robot, fmt.Sprint("line ", i)); got != fmt.Sprint("robot: line ", i) {
						t.Fatalf("line %d: %s", i, got)
					}
				}
			}
		}
		if d := roomtest.Took(send(60)); d != 0 {
			t.Errorf("sixty lines took %v", d)
		}
		if d := roomtest.Took(send(60)); d != 12*time.Second {
			t.Errorf("sixty lines more took %v", d)
		}
	})
}
