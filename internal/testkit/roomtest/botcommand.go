package roomtest

import (
	"fmt"
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/room"
)

// Following returns a session that follows a room.
func Following(t *testing.T, h *room.Hub, key ids.Fingerprint, where string) *command.Runner {
	t.Helper()
	s, _, err := ExecHub(h, room.ClientInfo{RequestedName: "robot", Fingerprint: key, Room: where})
	if err == nil {
		_, err = s.RunCommand([]string{"follow"})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Leave(room.Quit) })
	return s
}

// RegisterCommands makes a key a bot's, with commands.
func RegisterCommands(t *testing.T, h *room.Hub, key ids.Fingerprint, commands string) {
	t.Helper()
	for _, words := range [][]string{{"key", "bot"}, {"bot", "commands", commands}} {
		if _, err := Command(t, h, key, words...); err != nil {
			t.Fatal(err)
		}
	}
}

// ReceivedCommands reads the commands that a bot receives.
func ReceivedCommands(s *command.Runner) string {
	var list []string
	for _, e := range s.Take(make([]room.Item, 0, 99)) {
		if c, ok := e.(*room.BotCommand); ok {
			list = append(list, fmt.Sprint(c.User.Name, " ", c.Name, " ", c.Args))
		}
	}
	return strings.Join(list, "; ")
}

// HubWithBot returns a hub with a bot that has registered /deploy and follows the lobby, and a user
// who types. The key "root" is an operator's.
func HubWithBot(t *testing.T) (h *room.Hub, follower, alice *command.Runner) {
	t.Helper()
	h = room.New(room.Config{IsOperatorKey: IsRoot})
	alice = Enter(t, h, At("alice", "A"))
	RegisterCommands(t, h, "R", `[{"name": "deploy", "params": "ENVIRONMENT", "help": "deploys to 100%"}]`)
	return h, Following(t, h, "R", ""), alice
}
