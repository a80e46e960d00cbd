package room

import (
	"errors"
	"strings"
	"time"
)

// An errand is a command that was handed to a bot's session, of which nobody knows yet
// whether the bot's client has it. It is not handed out again: what a bot does twice
// may be worse than what it does not at all. Where the session ends before that is
// known, who asked is told.
type errand struct {
	by   *presence // who asked; nil for one who is not here
	line string    // what was asked
}

// askBot hands a command that u asks for to the bot whose it is, where that follows the
// room; nobody else reads it. It returns nothing where there is no such command.
func (u *User) askBot(name, text string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	person, c := h.botCommandLocked(name)
	if c == nil {
		h.mu.Unlock()
		return nil, nil
	}
	called, away := h.bots[person].Name, h.latestFollowingLocked(person, u.here()) == nil
	h.mu.Unlock()
	line := strings.TrimSpace("/" + name + " " + Clean(text))
	if away {
		return nil, refuse(BotAway, called, u.Here(), line)
	}
	if text != "" {
		var err error
		if text, err = cleanText(text); err != nil {
			return nil, err
		}
	}
	if err := u.maySpeak(); err != nil {
		return nil, err
	}
	u.spoke()
	e := &Event{Time: time.Now(), Kind: Commanded, Who: u.Who(), Text: text, Args: []any{name}}
	h.mu.Lock()
	bot := h.latestFollowingLocked(person, u.here())
	if bot == nil || bot.neighbour == nil {
		defer h.mu.Unlock()
		return u.handLocked(e, bot, called, line)
	}
	h.mu.Unlock()
	return u.handElsewhere(e, bot, called, line)
}

// handElsewhere gives a command to a bot that is in another house.
func (u *User) handElsewhere(e *Event, bot *User, called, line string) (*Event, error) {
	if bot.ignores(e) {
		return nil, refuse(Ignored, called)
	}
	switch err := bot.neighbour.home.Hand(bot.id, e); {
	case errors.Is(err, ErrGone):
		return nil, refuse(BotAway, called, u.Here(), line)
	case errors.Is(err, ErrNotReached):
		return nil, refuse(BotNotReached, called, line)
	case err != nil:
		return nil, err
	}
	return notice(HandedToBot, called, line), nil
}

// handLocked gives a command to a bot, which may be nil: it does not follow.
func (u *User) handLocked(e *Event, bot *User, called, line string) (*Event, error) {
	switch {
	case bot == nil:
		return nil, refuse(BotAway, called, u.Here(), line)
	case bot.ignores(e):
		return nil, refuse(Ignored, called)
	case len(bot.errands) >= mailboxSize, !bot.post(e):
		return nil, refuse(MailboxFull, called)
	}
	bot.errands = append(bot.errands, errand{u.presence, line})
	return notice(HandedToBot, called, line), nil
}

// takeErrand hands u, which follows, a command that somebody asked for in another house.
func (u *User) takeErrand(e *Event) error {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	name := ""
	if len(e.Args) > 0 {
		name, _ = e.Args[0].(string)
	}
	by := h.people[e.Who.Key]
	if by == nil {
		by = h.online[NameKey(e.Who.Name)]
	}
	switch {
	case !u.following || name == "":
		return ErrGone
	case u.ignores(e):
		return refuse(Ignored, u.Who().Name)
	case len(u.errands) >= mailboxSize, !u.post(e):
		return refuse(MailboxFull, u.Who().Name)
	}
	u.errands = append(u.errands, errand{by, strings.TrimSpace("/" + name + " " + e.Text)})
	return nil
}

// latestFollowingLocked returns the latest session of a person that follows a room, or
// nil: a command is for one, and an older one may have lost its client.
func (h *House) latestFollowingLocked(person string, r *Room) (latest *User) {
	for u := range h.follows {
		if u.Key == person && u.here() == r && (latest == nil || u.id > latest.id) {
			latest = u
		}
	}
	return latest
}

// askedLocked says that u's client has so many of the commands that u was handed, the
// oldest ones.
func (u *User) askedLocked(n int) { u.errands = u.errands[min(n, len(u.errands)):] }

// failErrands tells those who asked u for what its client may not have.
func (u *User) failErrands() {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range u.errands {
		if e.by != nil && len(e.by.sessions) > 0 { // who has left cannot be told
			e.by.listener().post(notice(BotLost, u.Who().Name, e.line))
		}
	}
	u.errands = nil
}
