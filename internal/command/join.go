package command

import "teahouse/room"

func runJoin(s *Runner, args []string) (room.Reply, error) { return nil, s.Join(args[0]) }
