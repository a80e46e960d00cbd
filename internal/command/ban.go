package command

import (
	"teahouse/internal/accounts"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

// ban implements /ban: the sessions that match it end. Sessions at other nodes end when those nodes
// read the ban in the store.
func ban(s *Runner, args []string) (room.Reply, error) {
	h := s.hub
	made, err := penalize(s, bans, args)
	if err != nil {
		return nil, err
	}
	st := h.Lock()
	for _, p := range made {
		st.Access.EnforceBan(p)
		if accounts.IsSessionSubject(p.Target) && !st.IsAtPeer(p.Target) { // the session is over
			st.Moderation.Bans.Delete(p.Target)
		}
	}
	st.Unlock()
	return penaltyAnswer(s, "ban", made, reply.BannedNow, reply.BannedNowUntil)
}

func runUnban(s *Runner, args []string) (room.Reply, error) {
	return liftPenalties(s, bans, "unban", args[0], reply.BannedNoMore)
}

func bans(st *room.State) *moderation.PenaltySet { return &st.Moderation.Bans }
