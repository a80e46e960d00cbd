package command

import "teahouse/room"

// A WhoReply lists the members of a room.
type WhoReply struct {
	room.PlainReply
	Users []*room.UserInfo
}

func (w *WhoReply) Cost() (items int, messages []*room.Event) { return len(w.Users), nil }

func runWho(s *Runner, _ []string) (room.Reply, error) {
	return &WhoReply{Users: s.hub.UsersIn(s.Room())}, nil
}
