package roomtest

import (
	"teahouse/internal/command"
	"teahouse/room"
)

// TypeAndLeave types lines at the terminal of s, ignoring the results, and leaves.
func TypeAndLeave(s *command.Runner, lines ...string) {
	for _, line := range lines {
		room.RecordInput(s.Session, line)
	}
	s.Leave(room.Quit)
}
