package command

import "teahouse/room"

func runQuit(s *Runner, _ []string) (room.Reply, error) {
	s.Leave(room.Quit)
	return nil, nil
}
