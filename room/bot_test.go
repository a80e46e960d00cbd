package room

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// A key that its owner marked is a bot's, in all its sessions, those to come and those
// of the next process among them, until it is taken back.
func TestKeyOfABot(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	robot, guest := enter(t, h, at("robot", "R")), enter(t, h, at("guest", ""))
	if got := does(t, guest, "/key bot"); got != "~ "+i18n.English(string(reply.NeedKey)) {
		t.Errorf("a guest: %s", got)
	}
	if got := does(t, robot, "/key person"); got != "~ "+testkit.English(reply.IsNoBot) {
		t.Errorf("a person: %s", got)
	}
	_, err := command(t, h, "R", "key", "bot")
	if err != nil || !robot.User().Bot || guest.User().Bot {
		t.Errorf("marked: %v, %v", robot.User(), err)
	}
	if got := ownedNames(t, h, "R"); got != "robot" {
		t.Errorf("its names are %s", got)
	}
	if got := does(t, robot, "/key bot"); got != "~ "+testkit.English(reply.IsBot) {
		t.Errorf("again: %s", got)
	}
	if got := does(t, guest, "/whois robot"); got != "~ "+testkit.English(reply.WhoisVerified, "robot")+" | a bot | key R | "+testkit.English(reply.WhoisSession, "", "?", reply.Moment(robot.Since).String(), "0s") {
		t.Errorf("whois: %s", got)
	}
	does(t, robot, "/nick machine")
	if !robot.User().Bot {
		t.Error("with another name it is none")
	}

	if !enter(t, b.reopen(t), at("machine", "R")).User().Bot {
		t.Error("in the next process it is none")
	}
	does(t, robot, "/key person")
	if robot.User().Bot || len(b.tables["bots"]) != 0 {
		t.Error("taken back it is one still")
	}
}

// Marking a key without ever entering also makes its person the owner of the name, unless somebody
// else has it.
func TestNameOfABot(t *testing.T) {
	h := NewHub()
	for _, bot := range []struct{ key, names string }{{"R", "command"}, {"S", ""}} {
		if _, err := command(t, h, bot.key, "key", "bot"); err != nil {
			t.Error(err)
		}
		if got := ownedNames(t, h, bot.key); got != bot.names {
			t.Errorf("%s owns %q", bot.key, got)
		}
	}
}

// A bot has a key of its own: nobody becomes one by a key that is added, and who has
// more keys cannot say it of one.
func TestBotHasAKeyOfItsOwn(t *testing.T) {
	h := NewHub()
	alice, robot := enter(t, h, at("alice", "A")), enter(t, h, at("robot", "R"))
	does(t, robot, "/key bot")
	does(t, robot, "/key add "+offered(t, alice)+" yes")
	if again := enter(t, h, ClientInfo{RequestedName: "robot", Fingerprint: "R"}); again.User().Bot || h.bots.Len() != 0 {
		t.Errorf("alice is a bot: %v", again.User())
	}
	if got := does(t, alice, "/key bot"); got != "~ "+i18n.English(string(reply.BotHasKeys)) {
		t.Errorf("with two keys: %s", got)
	}
}

// Nothing that was said before is shown to a bot when it comes.
func TestNoPastForBots(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	does(t, alice, "hello")
	does(t, alice, "/join #tea")
	does(t, alice, "green")
	if _, err := command(t, h, "R", "key", "bot"); err != nil {
		t.Fatal(err)
	}
	robot := enter(t, h, at("robot", "R"))
	if a, err := robot.Welcome(10); err != nil || len(a.Messages) != 0 {
		t.Errorf("it reads %v, %v", a.Messages, err)
	}
	if got := does(t, robot, "/join tea"); got != "entered tea (): 2 here, +robot" && got != "entered tea (): 2 here" {
		t.Errorf("in the room it reads %q", got)
	}
}

// A bot goes by a pace of its own: it is slowed down, and never muted.
func TestRateLimitOfBots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		h.Limits = Limits{Lines: 2, Burst: 20, BotLines: 5, BotBurst: 60}
		robot := enter(t, h, at("robot", "R"))
		does(t, robot, "/key bot")
		send := func(n int) func() {
			return func() {
				for i := range n {
					if got := does(t, robot, fmt.Sprint("line ", i)); got != fmt.Sprint("robot: line ", i) {
						t.Fatalf("line %d: %s", i, got)
					}
				}
			}
		}
		if d := took(send(60)); d != 0 {
			t.Errorf("sixty lines took %v", d)
		}
		if d := took(send(60)); d != 12*time.Second {
			t.Errorf("sixty lines more took %v", d)
		}
	})
}
