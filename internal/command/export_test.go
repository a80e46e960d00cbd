package command

import (
	"teahouse/room"
)

// What the tests of this package need beyond its exports.
const LookalikeBars = lookalikeBars

// Scans reports whether a command may look through data that grows.
func (c *Command) Scans() bool { return c.Scan > 0 }

// Asks reports whether a command asks before it does what cannot be undone.
func (c *Command) Asks() bool { return c.RunConfirmed != nil }

func IsNameParam(param string) bool { return isNameParam(param) }

func (s *Runner) Run(c *Command, args []string, sure bool) (room.Reply, error) {
	return s.run(c, args, sure)
}
