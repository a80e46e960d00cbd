package builtin

import (
	"time"

	"teahouse/internal/command"
	"teahouse/room"
)

// What the tests of this package need beyond its exports.
const MaxPenaltyDuration = maxPenaltyDuration

func ParsePenaltyDuration(s string) (time.Duration, bool) { return parsePenaltyDuration(s) }

func Ban(s *command.Runner, args ...string) (room.Reply, error)  { return ban(s, args) }
func Deop(s *command.Runner, name string) (room.Reply, error)    { return deop(s, []string{name}) }
func Search(s *command.Runner, words string) (room.Reply, error) { return search(s, []string{words}) }
