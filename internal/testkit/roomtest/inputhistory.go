package roomtest

import (
	"teahouse/internal/command"
	"teahouse/room"
)

// TypesAndLeaves types lines at the terminal of s, ignoring the results, and leaves.
func TypesAndLeaves(s *command.Runner, lines ...string) {
	for _, line := range lines {
		room.RecordInput(s.Session, line)
	}
	s.Leave(room.Quit)
}
