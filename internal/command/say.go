package command

import "teahouse/room"

func runSay(s *Runner, args []string) (room.Reply, error) {
	return nil, s.Say(args[0])
}

func runMe(s *Runner, args []string) (room.Reply, error) { return nil, s.SayAs(args[0], true) }
