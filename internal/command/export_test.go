package command

import (
	"time"

	"teahouse/room"
)

// What the tests of this package need besides what it exports.
const (
	MaxBotCommands     = maxBotCommands
	MaxListedCommands  = maxListedCommands
	MaxPenaltyDuration = maxPenaltyDuration
	LookalikeBars      = lookalikeBars
)

// Scans reports whether a command may look through data that grows.
func (c *Command) Scans() bool { return c.Scan > 0 }

// Asks reports whether a command asks before it does what cannot be undone.
func (c *Command) Asks() bool { return c.RunConfirmed != nil }

func IsNameParam(param string) bool { return isNameParam(param) }

func ParsePenaltyDuration(s string) (time.Duration, bool) { return parsePenaltyDuration(s) }

func (s *Runner) Run(c *Command, args []string, sure bool) (room.Reply, error) {
	return s.run(c, args, sure)
}

func (s *Runner) Ban(args ...string) (room.Reply, error)        { return ban(s, args) }
func (s *Runner) Deop(name string) (room.Reply, error)          { return deop(s, []string{name}) }
func (s *Runner) Kick(args ...string) (room.Reply, error)       { return kick(s, args) }
func (s *Runner) Search(words string) (room.Reply, error)       { return search(s, []string{words}) }
func (s *Runner) CallBot(name, rest string) (room.Reply, error) { return callBot(s, name, rest) }
