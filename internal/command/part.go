package command

import "teahouse/room"

func runPart(s *Runner, _ []string) (room.Reply, error) { return nil, s.Part() }
