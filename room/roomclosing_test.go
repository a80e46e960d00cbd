package room_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// An operator closes a room. Terminals in it return to the lobby and are told; programs that speak
// there or follow it are disconnected, because their output is not for the lobby. The room is gone
// for good, and may be created again.
func TestCloseRoom(t *testing.T) {
	config, _ := roomtest.LimitedConfig()
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(config)
	terminal := roomtest.ComingFrom("192.0.2.7", "alice", "A")
	terminal.Terminal = true
	program := roomtest.At("pipe", "P")
	program.Terminal = false
	alice, pipe, root := roomtest.Enter(t, h, terminal), roomtest.Enter(t, h, program), roomtest.Enter(t, h, roomtest.At("root", "O"))
	roomtest.Does(t, alice, "/join #go")
	roomtest.Does(t, pipe, "/join #go")
	roomtest.Does(t, alice, "hello")
	ear := roomtest.At("ear", "E")
	ear.Room = "go"
	follower, _ := roomtest.Follow(t, h, ear)
	for line, want := range map[string]string{
		"/close #lobby": "~ " + testkit.English(reply.LobbyIsForEveryone),
		"/close #none":  "~ " + testkit.English(reply.NoSuchRoom, "none"),
		"/close ##":     "~ " + testkit.English(reply.NoSuchRoom, "#"),
	} {
		if got := roomtest.Does(t, root, line); got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
	roomtest.Read(t, alice)
	if got := roomtest.Does(t, root, "/close #go yes"); got != "-pipe (kicked); ~ "+testkit.English(reply.RoomClosedNow, "go") {
		t.Errorf("root reads %s", got)
	}
	if got := roomtest.Read(t, alice); !strings.Contains(got, "entered lobby ()") || !strings.Contains(got, "; ~ "+testkit.English(reply.RoomClosed, "go")) {
		t.Errorf("alice reads %s", got)
	}
	if alice.RoomName() != "lobby" || pipe.Reason() != room.Kicked || follower.Reason() != room.Kicked || roomtest.Peek(h).Rooms.ByID["go"] != nil {
		t.Errorf("alice is in %s, the pipe and the follower have left: %q, %q", alice.RoomName(), pipe.Reason(), follower.Reason())
	}
	if got := roomtest.Does(t, alice, "still here"); got != "alice: still here" {
		t.Errorf("alice reads %s", got)
	}
	if len(b.Tables["rooms"]) != 0 || roomtest.Peek(b.Reopen(t)).Rooms.ByID["go"] != nil {
		t.Error("it is still stored")
	}
	if a := roomtest.Peek(h).Moderation.Audit.Operators(); len(a) == 0 || a[len(a)-1].Summary() != "close #go" {
		t.Errorf("the acts are %+v", a)
	}
	if got := roomtest.Does(t, alice, "/join #go"); got != "entered go (): 1 here" {
		t.Errorf("created again: %s", got)
	}
}

// A one-shot session that was in the room when it was closed cannot bring it back: nothing that it
// changes is stored.
func TestClosedRoomCannotBeChanged(t *testing.T) {
	config, _ := roomtest.LimitedConfig()
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(config)
	owner, root := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("root", "O"))
	roomtest.Does(t, owner, "/join #go")
	once := roomtest.At("alice", "A")
	once.Room = "go"
	exec, _, err := roomtest.ExecHub(h, once)
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Leave(room.Quit)
	roomtest.Does(t, root, "/close #go yes")
	for _, line := range []string{"topic", "topic tea", "invite root"} {
		_, err := exec.RunCommand(strings.Fields(line))
		roomtest.Refuses(t, line, err, reply.NoSuchRoom)
	}
	if got := roomtest.Does(t, exec, "/room private"); got != "~ "+testkit.English(reply.NoSuchRoom, "go") {
		t.Errorf("/room private: %s", got)
	}
	if left := b.Tables["rooms"]; len(left) != 0 {
		t.Errorf("stored: %v", left)
	}
}

// A room is closed at all nodes, even if it has members, and stays closed if another node, which
// has not heard of it yet, writes its record again.
func TestCloseRoomEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestClusterOf(t, func(n int, c *room.Config) {
			c.IsOperatorKey = func(key ids.Fingerprint) bool { return n == 0 && key == "O" }
		})
		ada, root := s.Nodes[1].Come("ada", "K1"), s.Nodes[0].Come("root", "O")
		roomtest.Does(t, ada, "/join #go")
		s.Settle()
		time.Sleep(time.Second)
		roomtest.Does(t, root, "/close #go yes")
		s.Settle()
		for i, one := range s.Nodes {
			if roomtest.Peek(one.Hub).Rooms.ByID["go"] != nil {
				t.Errorf("hub %d still has it", i)
			}
		}
		h, latest := room.New(room.Config{}), map[string]records.Record{}
		for _, row := range s.Records {
			latest[row.Table+row.Key] = row
		}
		if err := h.Load(slices.Collect(maps.Values(latest))); err != nil || roomtest.Peek(h).Rooms.ByID["go"] != nil {
			t.Errorf("a hub that starts still has it, %v", err)
		}
		time.Sleep(time.Second)
		roomtest.Does(t, ada, "/join #go")
		s.Settle()
		if roomtest.Peek(s.Nodes[0].Hub).Rooms.ByID["go"] == nil || roomtest.Peek(s.Nodes[1].Hub).Rooms.ByID["go"] == nil {
			t.Error("the new room is not at all nodes")
		}
		roomtest.Does(t, root, "/close #go yes")
		s.Settle()
		time.Sleep(room.EmptyRoomTTL + time.Second)
		roomtest.Does(t, ada, "/rooms")
		s.Settle()
		if row := s.Records[len(s.Records)-1]; row.Table != "rooms" || row.Value != nil {
			t.Errorf("a day later its record is still there: %s", row.Value)
		}
	})
}

// An operator makes a bot a person again, by any of its names, and its commands are gone.
func TestUnbotCommand(t *testing.T) {
	config, _ := roomtest.LimitedConfig()
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(config)
	robot, root := roomtest.Enter(t, h, roomtest.At("robot", "R")), roomtest.Enter(t, h, roomtest.At("root", "O"))
	roomtest.Does(t, robot, "/key bot")
	v, _, err := roomtest.ExecHub(h, roomtest.At("robot", "R"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.RunCommand([]string{"bot", "commands", `[{"name": "deploy", "help": "x"}]`}); err != nil {
		t.Fatal(err)
	}
	v.Leave(room.Quit)
	if got := roomtest.Does(t, root, "/unbot root"); got != "~ "+testkit.English(reply.NoSuchBot, "root") {
		t.Errorf("of a person: %s", got)
	}
	roomtest.Does(t, robot, "/nick machine")
	if got := roomtest.Does(t, root, "/unbot robot"); got != "~ "+testkit.English(reply.BotUnmarked, "robot") || robot.UserInfo().Bot || len(b.Tables["bots"]) != 0 {
		t.Errorf("root reads %s, the bot is %+v", got, robot.UserInfo())
	}
	if got := roomtest.Does(t, root, "/help bots"); got != "~ "+testkit.English(reply.NoBotCommands) {
		t.Errorf("commands: %s", got)
	}
}

// An operator frees a name. A user who has it keeps it for now, is no longer shown as its owner,
// and is told; the next person with a key may own it.
func TestFreeCommand(t *testing.T) {
	config, _ := roomtest.LimitedConfig()
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(config)
	alice, root := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("root", "O"))
	if got := roomtest.Does(t, root, "/free carol"); got != "~ "+testkit.English(reply.NobodysName, "carol") {
		t.Errorf("a name without an owner: %s", got)
	}
	roomtest.Read(t, alice)
	if got := roomtest.Does(t, root, "/free ALICE yes"); got != "~ "+testkit.English(reply.NameReleased, "alice") || alice.UserInfo().Verified || len(roomtest.OwnedNames(t, h, "A")) != 0 {
		t.Errorf("root reads %s, alice is %+v", got, alice.UserInfo())
	}
	roomtest.Expect(t, alice, "~ "+testkit.English(reply.NameNoLongerYours, "alice"))
	alice.Leave(room.Quit)
	if len(b.Tables["names"]) != 1 { // root's
		t.Errorf("stored are %q", b.Tables["names"])
	}
	if who := roomtest.Enter(t, h, roomtest.At("alice", "B")).UserInfo(); who.Name != "alice" || !who.Verified {
		t.Errorf("the next user is %+v", who)
	}
}
