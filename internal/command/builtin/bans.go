package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names:    []string{"bans"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupOperators, Operator: true, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{"list bans and mutes", "查看封禁和禁言", "查看封鎖和禁言"},
		Explanation: i18n.Words{
			"Lists bans and mutes, who made them, and when they end.",
			"列出封禁和禁言、由谁执行、何时结束。",
			"列出封鎖和禁言、由誰執行、何時結束。",
		},
		Example: "bans",
		Run:     bans,
	})
}

// A BansReply lists bans and mutes.
type BansReply struct {
	room.PlainReply
	Bans, Mutes []*moderation.Penalty
}

// Sentences is part of [room.TextReply].
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

// bans implements /bans. It lists mutes too.
func bans(s *command.Runner, _ []string) (room.Reply, error) {
	h := s.Hub()
	st := h.Lock()
	defer st.Unlock()
	now := h.EarliestTime()
	return &BansReply{Bans: st.Moderation.Bans.List(now), Mutes: st.Moderation.Mutes.List(now)}, nil
}

// penaltyLine returns what /bans shows of a penalty: one of four sentences, as in PenaltyRefusal.
func penaltyLine(p *moderation.Penalty, forGood, forGoodWhy, until, untilWhy reply.Code) reply.Sentence {
	r := moderation.PenaltyRefusal(p, forGood, forGoodWhy, until, untilWhy)
	return reply.Say(r.Code, append([]any{p.Label(), p.By, reply.Moment(p.Since)}, r.Args...)...)
}
