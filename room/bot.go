package room

import (
	"time"
)

// mostBots is how many people are marked as bots.
const mostBots = 500

// A bot is somebody whose key its owner marked: a program, and everybody sees that.
// The mark is the person's, so a bot has a key of its own.
type bot struct {
	Name  string    `json:"name"` // as it was called when it last told of itself
	Since time.Time `json:"since"`
	Seen  time.Time `json:"seen,omitzero"` // when it was here last, to about a day

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
	}
	if err := u.mayBeBotLocked(); err != nil {
		return nil, err
	}
	if p := u.presence; h.heldLocked(p.identity, p) == nil { // it may never come in, which is how others claim theirs
		h.claimLocked(u, p)
	}
	b := &bot{Name: u.Who().Name, Since: time.Now(), Seen: time.Now()}
	putLocked(h, tableBots, h.bots, u.Key, b)
	h.markLocked(u.Key, true)
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
	h.markLocked(u.Key, false)
	return notice(BotNoMore), nil
}

// mayBeBotLocked returns why u cannot be marked as a bot, or nil. Bots that did not come for
// long give way.
func (u *User) mayBeBotLocked() error {
	h := u.house
	if h.isFullLocked(u.Key, len(h.bots), mostBots) {
		h.sweepBotsLocked()
	}
	switch {
	case len(h.bots) >= mostBots:
		return refuse(TooManyBots, mostBots)
	case h.isFullLocked(u.Key, len(h.bots), mostBots):
		return refuse(NewKeysFull)
	case !h.shareLocked(u, shareOfBots(), 1):
		return refuse(BotsNearby)
	}
	return nil
}

func (h *House) sweepBotsLocked() {
	if !h.maySweepLocked(tableBots) {
		return
	}
	for person, b := range h.bots {
		if h.isUnused(b.Since, later(b.Since, b.Seen)) && h.isUnused(b.Since, h.lastHereLocked(person)) {
			putLocked(h, tableBots, h.bots, person, nil)
		}
	}
}

// seenBotLocked notes once a day that a bot is here: most never come in, and have no name.
func (h *House) seenBotLocked(person string) {
	if b := h.bots[person]; b != nil && time.Since(b.Seen) > usedEvery {
		seen := *b
		seen.Seen = time.Now()
		putLocked(h, tableBots, h.bots, person, &seen)
	}
}

// markLocked has others see whether a person is a bot, in all its sessions, those that visit
// among them.
func (h *House) markLocked(person string, bot bool) {
	for other := range h.users {
		if other.Key == person {
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
	if h.bots[person] == nil || h.people[person] != nil {
		return false
	}
	for u := range h.follows {
		if u.Key == person {
			return true
		}
	}
	return false
}
