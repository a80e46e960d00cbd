package room

import (
	"slices"
	"time"
)

// mostBots is how many people are marked as bots.
const mostBots = 500

// A bot is somebody whose key its owner marked: a program, and everybody sees that.
// The mark is the person's, so a bot has a key of its own.
type bot struct {
	Name  string    `json:"name"` // as it was called when it last told of itself
	Since time.Time `json:"since"`

	Commands []botCommand `json:"commands,omitempty"` // that people may type; immutable
}

// becomeBot does /key bot. The name is the bot's from then on, if it was nobody's.
func (u *User) becomeBot() (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case u.isRevokedLocked():
		return nil, Revoked
	case h.bots[u.Key] != nil:
		return nil, refuse(IsBot)
	case len(h.keysLocked(u.Key)) > 1: // what one types with the others would be a bot's, too
		return nil, refuse(BotHasKeys)
	case len(h.bots) >= mostBots:
		return nil, refuse(TooManyBots, mostBots)
	}
	if p := u.presence; h.heldLocked(p.identity, p) == nil { // it may never come in, which is how others claim theirs
		h.claimLocked(p)
	}
	b := &bot{Name: u.Who().Name, Since: time.Now()}
	putLocked(h, tableBots, h.bots, u.Key, b)
	h.markLocked(u, true)
	return notice(BotNow), nil
}

// becomePerson does /key person.
func (u *User) becomePerson() (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bots[u.Key] == nil {
		return nil, refuse(IsNoBot)
	}
	putLocked(h, tableBots, h.bots, u.Key, nil)
	h.markLocked(u, false)
	return notice(BotNoMore), nil
}

// markLocked has others see whether u is a bot, in all its sessions, those that visit
// among them.
func (h *House) markLocked(u *User, bot bool) {
	for other := range h.users {
		if other.Key == u.Key {
			who := *other.Who()
			who.Bot = bot
			h.becomeLocked(other.presence, &who)
		}
	}
}

// onlyFollows reports whether a person is a bot that follows rooms, and has no session
// that reads private messages: they would wait for nobody.
func (h *House) onlyFollows(person string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bots[person] != nil && h.people[person] == nil &&
		slices.ContainsFunc(h.everybodyLocked(), func(u *User) bool { return u.following && u.Key == person })
}
