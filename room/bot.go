package room

import (
	"time"

	"teahouse/internal/ids"
)

// SweepBots removes bots that were not there for a long time, to make room for others.
func (p *People) SweepBots() {
	if !p.MaySweep(p.st.Bots.Name) {
		return
	}
	for person, b := range p.st.Bots.All() {
		if p.IsUnused(b.Since, laterTime(b.Since, b.LastSeen)) && p.IsUnused(b.Since, p.lastSeen(person)) {
			p.st.Bots.Put(person, nil)
		}
	}
}

// touchBot notes, once a day, that a bot is connected. Most bots never enter and own no name
// that would show it.
func (p *People) touchBot(person ids.Account) {
	if b := p.st.Bots.Get(person); b != nil && time.Since(b.LastSeen) > lastUsedInterval {
		seen := *b
		seen.LastSeen = time.Now()
		p.st.Bots.Put(person, &seen)
	}
}

// SetBotFlag marks all of a person's sessions, including one-shot sessions, as a bot's or a
// human's.
func (p *People) SetBotFlag(person ids.Account, bot bool) {
	for other := range p.st.Sessions {
		if other.Person == person {
			who := *other.UserInfo()
			who.Bot = bot
			p.st.SetUserInfo(other.User, &who)
		}
	}
}

// IsFollowOnlyBot reports whether a person is a bot that only follows rooms. It has no session that
// could read private messages, so they would wait forever.
func (h *Hub) IsFollowOnlyBot(person ids.Account) bool {
	st := h.Lock()
	defer st.Unlock()
	if st.Bots.Get(person) == nil || st.Online.ByPerson[person] != nil {
		return false
	}
	for s := range st.Following {
		if s.Person == person {
			return true
		}
	}
	return false
}
