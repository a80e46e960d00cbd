package command

import (
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// setAway implements /away.
func setAway(s *Runner, args []string) (room.Reply, error) {
	a := &room.AwayState{Since: time.Now()}
	if len(args) > 0 {
		if err := s.MaySpeak(); err != nil {
			return nil, err
		}
		why := room.CleanReason(args[0])
		a.Message = text.Clean(why[:min(len(why), room.MaxAwayBytes)]) // Clean drops a half character at the end
	}
	s.User.Away.Store(a)
	s.PublishUserChange()
	if a.Message == "" {
		return room.NewNotice(reply.AwayNow), nil
	}
	return room.NewNotice(reply.AwayNowReason, a.Message), nil
}

// clearAway implements /back.
func clearAway(s *Runner) (room.Reply, error) {
	if s.User.Away.Swap(nil) == nil {
		return room.NewNotice(reply.NotAway), nil
	}
	s.PublishUserChange()
	return room.NewNotice(reply.BackNow), nil
}

func runBack(s *Runner, _ []string) (room.Reply, error) { return clearAway(s) }
