package command

import (
	"errors"
	"time"

	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/room"
)

// scan runs do, which looks through growing data, when it is s's turn; see [ratelimit.Meter.Scan].
func (s *Runner) scan(kind ratelimit.ScanKind, do func() (room.Reply, error)) (answer room.Reply, err error) {
	if kind == 0 {
		return do()
	}
	refused := s.Meter.Scan(kind, s.Client.Scripted, func() time.Duration {
		answer, err = do()
		return s.answerWork(answer)
	})
	switch {
	case errors.Is(refused, ratelimit.ErrTooManyScans):
		return nil, reply.Refuse(reply.TooManyScans)
	case refused != nil:
		return nil, refused
	}
	return answer, err
}

// answerWork returns the cost of preparing and sending an answer. One-shot sessions pay for
// messages as they are sent, by [ratelimit.Meter.SpendBytes].
func (s *Runner) answerWork(answer room.Reply) time.Duration {
	if answer == nil {
		return 0
	}
	items, messages := answer.Cost()
	work := time.Duration(items) * ratelimit.WorkPerItem
	if !s.OneShot {
		for _, said := range messages {
			work += ratelimit.WorkPerItem + time.Duration(said.TextSize())*ratelimit.WorkPerByte
		}
	}
	return work
}
