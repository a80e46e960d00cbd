package command

import (
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

func runBans(s *Runner, _ []string) (room.Reply, error) { return listBans(s) }

// A BansReply lists bans and mutes.
type BansReply struct {
	room.PlainReply
	Bans, Mutes []*moderation.Penalty
}

// Sentences is part of [TextReply].
func (r *BansReply) Sentences() (lines []reply.Sentence) {
	for _, p := range r.Bans {
		lines = append(lines, penaltyLine(p, reply.BanLine, reply.BanLineReason, reply.BanUntilLine, reply.BanUntilLineReason))
	}
	for _, p := range r.Mutes {
		lines = append(lines, penaltyLine(p, reply.MuteLine, reply.MuteLineReason, reply.MuteUntilLine, reply.MuteUntilLineReason))
	}
	if len(lines) == 0 {
		lines = append(lines, reply.Say(reply.NoBans))
	}
	return lines
}

func (r *BansReply) Cost() (items int, messages []*room.Event) {
	return len(r.Bans) + len(r.Mutes), nil
}

// listBans implements /bans. It lists mutes too.
func listBans(s *Runner) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	now := h.EarliestTime()
	return &BansReply{Bans: st.Moderation.Bans.List(now), Mutes: st.Moderation.Mutes.List(now)}, nil
}

// penaltyLine returns what /bans shows of a penalty: one of four sentences, as in PenaltyRefusal.
func penaltyLine(p *moderation.Penalty, forGood, forGoodWhy, until, untilWhy reply.Code) reply.Sentence {
	r := room.PenaltyRefusal(p, forGood, forGoodWhy, until, untilWhy)
	return reply.Say(r.Code, append([]any{p.Label(), p.By, reply.Moment(p.Since)}, r.Args...)...)
}
