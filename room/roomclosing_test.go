package room

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// An operator closes a room. Terminals in it go on in the lobby and are told; a program that speaks
// there, and one that follows it, have to leave, since output for that room is not for the lobby.
// The room is gone for good, and may be created again.
func TestCloseRoom(t *testing.T) {
	h, _ := limited()
	b := newFakeRecordStore(h)
	terminal := comingFrom("192.0.2.7", "alice", "A")
	terminal.Terminal = true
	program := at("pipe", "P")
	program.Terminal = false
	alice, pipe, root := enter(t, h, terminal), enter(t, h, program), enter(t, h, at("root", "O"))
	does(t, alice, "/join #go")
	does(t, pipe, "/join #go")
	does(t, alice, "hello")
	ear := at("ear", "E")
	ear.Room = "go"
	follower, _ := listen(t, h, ear)
	for line, want := range map[string]string{
		"/close #lobby": "~ " + testkit.English(reply.LobbyIsForEveryone),
		"/close #none":  "~ " + testkit.English(reply.NoSuchRoom, "none"),
		"/close ##":     "~ " + testkit.English(reply.NoSuchRoom, "#"),
	} {
		if got := does(t, root, line); got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
	read(t, alice)
	if got := does(t, root, "/close #go yes"); got != "-pipe (kicked); ~ "+testkit.English(reply.RoomClosedNow, "go") {
		t.Errorf("root reads %s", got)
	}
	if got := read(t, alice); !strings.Contains(got, "entered lobby ()") || !strings.Contains(got, "; ~ "+testkit.English(reply.RoomClosed, "go")) {
		t.Errorf("alice reads %s", got)
	}
	if alice.RoomName() != "lobby" || pipe.Reason() != Kicked || follower.Reason() != Kicked || h.rooms["go"] != nil {
		t.Errorf("alice is in %s, the pipe and the follower have left: %q, %q", alice.RoomName(), pipe.Reason(), follower.Reason())
	}
	if got := does(t, alice, "still here"); got != "alice: still here" {
		t.Errorf("alice reads %s", got)
	}
	if len(b.tables["rooms"]) != 0 || b.reopen(t).rooms["go"] != nil {
		t.Error("it is in writing still")
	}
	if a := h.moderation.Audit.Operators(); len(a) == 0 || a[len(a)-1].Summary() != "close #go" {
		t.Errorf("the acts are %+v", a)
	}
	if got := does(t, alice, "/join #go"); got != "entered go (): 1 here" {
		t.Errorf("founded anew: %s", got)
	}
}

// A room is closed at all nodes, even if it has members, and stays closed if another node, which
// has not heard of it yet, writes its record again.
func TestCloseRoomEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		s.nodes[0].IsOperatorKey = func(key string) bool { return key == "O" }
		ada, root := s.nodes[1].come("ada", "K1"), s.nodes[0].come("root", "O")
		does(t, ada, "/join #go")
		s.settle()
		time.Sleep(time.Second)
		does(t, root, "/close #go yes")
		s.settle()
		for i, one := range s.nodes {
			if one.rooms["go"] != nil {
				t.Errorf("house %d has it still", i)
			}
		}
		h, latest := NewHub(), map[string]records.Record{}
		for _, row := range s.records {
			latest[row.Table+row.Key] = row
		}
		if err := h.Load(slices.Collect(maps.Values(latest))); err != nil || h.rooms["go"] != nil {
			t.Errorf("a house that opens has it still, %v", err)
		}
		time.Sleep(time.Second)
		does(t, ada, "/join #go")
		s.settle()
		if s.nodes[0].rooms["go"] == nil || s.nodes[1].rooms["go"] == nil {
			t.Error("founded anew it is not everywhere")
		}
		does(t, root, "/close #go yes")
		s.settle()
		time.Sleep(emptyRoomTTL + time.Second)
		does(t, ada, "/rooms")
		s.settle()
		if row := s.records[len(s.records)-1]; row.Table != "rooms" || row.Value != nil {
			t.Errorf("a day later its row is there still: %s", row.Value)
		}
	})
}

// An operator has a bot be a person again, by whichever name, and its commands are gone.
func TestUnbotCommand(t *testing.T) {
	h, _ := limited()
	b := newFakeRecordStore(h)
	robot, root := enter(t, h, at("robot", "R")), enter(t, h, at("root", "O"))
	does(t, robot, "/key bot")
	v, _, err := h.Exec(at("robot", "R"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.RunCommand([]string{"bot", "commands", `[{"name": "deploy", "help": "x"}]`}); err != nil {
		t.Fatal(err)
	}
	v.Leave(Quit)
	if got := does(t, root, "/unbot root"); got != "~ "+testkit.English(reply.NoSuchBot, "root") {
		t.Errorf("of a person: %s", got)
	}
	does(t, robot, "/nick machine")
	if got := does(t, root, "/unbot robot"); got != "~ "+testkit.English(reply.BotUnmarked, "robot") || robot.User().Bot || len(b.tables["bots"]) != 0 {
		t.Errorf("root reads %s, the bot is %+v", got, robot.User())
	}
	if got := does(t, root, "/help bots"); got != "~ "+testkit.English(reply.NoBotCommands) {
		t.Errorf("commands: %s", got)
	}
}

// An operator frees a name. A user who has it keeps it for now, is no longer shown as its owner,
// and is told; the next person with a key may own it.
func TestFreeCommand(t *testing.T) {
	h, _ := limited()
	b := newFakeRecordStore(h)
	alice, root := enter(t, h, at("alice", "A")), enter(t, h, at("root", "O"))
	if got := does(t, root, "/free carol"); got != "~ "+testkit.English(reply.NobodysName, "carol") {
		t.Errorf("a name that is nobody's: %s", got)
	}
	read(t, alice)
	if got := does(t, root, "/free ALICE yes"); got != "~ "+testkit.English(reply.NameReleased, "alice") || alice.User().Verified || len(ownedNames(t, h, "A")) != 0 {
		t.Errorf("root reads %s, alice is %+v", got, alice.User())
	}
	expect(t, alice, "~ "+testkit.English(reply.NameNoLongerYours, "alice"))
	alice.Leave(Quit)
	if len(b.tables["names"]) != 1 { // root's
		t.Errorf("in writing are %q", b.tables["names"])
	}
	if who := enter(t, h, at("alice", "B")).User(); who.Name != "alice" || !who.Verified {
		t.Errorf("the next one is %+v", who)
	}
}
