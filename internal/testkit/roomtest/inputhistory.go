package roomtest

import (
	"teahouse/internal/command"
	"teahouse/room"
)

// TypesAndLeaves has s type lines at its terminal, whatever comes of them, and leave.
func TypesAndLeaves(s *command.Runner, lines ...string) {
	for _, line := range lines {
		room.RecordInput(s.Session, line)
	}
	s.Leave(room.Quit)
}
