package command

import (
	"teahouse/internal/reply"
	"teahouse/room"
)

// redeem implements enter CODE for somebody who may enter anyway. For others the door calls
// [Hub.Redeem].
func redeem(s *Runner, args []string) (room.Reply, error) {
	if err := s.hub.RedeemAs(s.Client, args[0]); err != nil {
		return nil, err
	}
	return room.NewNotice(reply.KeyAdmitted), nil
}
