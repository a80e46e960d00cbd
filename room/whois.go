package room

import (
	"slices"
	"strings"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// whois does /whois: who somebody is, as far as everybody may know. Operators
// learn where they come from, too.
func (s *Session) whois(name string) (Reply, error) {
	u := s.findUser(name)
	if u == nil {
		return s.whoisAway(name)
	}
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(u.sessions) == 0 {
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(name))
	}
	return answer(s.whoisHereLocked(u))
}

// whoisHereLocked returns what s may know of somebody who is here.
func (s *Session) whoisHereLocked(u *user) []reply.Sentence {
	who := u.info.Load()
	lines := []reply.Sentence{whoisName(who)}
	if who.Bot {
		lines = append(lines, whoisBot(s.botRoomsLocked(who.Person)))
	}
	lines = append(lines, u.awayState.Load().whoisLines()...)
	operator := s.hub.moderation.IsOperator(s.Person)
	for _, other := range u.sessions {
		lines = append(lines, other.whoisLines(operator)...)
	}
	return lines
}

// whoisName returns what the name of somebody is worth.
func whoisName(who *UserInfo) reply.Sentence {
	switch {
	case who.Verified:
		return reply.Say(reply.WhoisVerified, who.Name)
	case who.Person != "":
		return reply.Say(reply.WhoisKeyed, who.Name)
	}
	return reply.Say(reply.WhoisGuest, who.Name)
}

// whoisLines returns what there is to know of a session.
func (s *Session) whoisLines(operator bool) (lines []reply.Sentence) {
	ci := &s.client
	if ci.Fingerprint != "" {
		lines = append(lines, reply.Say(reply.WhoisKey, ci.Fingerprint))
	}
	client := clientName(ci.Client)
	if client == "" || s.hub.muteLocked(s) != nil {
		client = "?"
	}
	idle := max(0, time.Since(s.idle.lastInputTime())).Truncate(time.Second) // by the clock of another house it may be less than 0
	lines = append(lines, reply.Say(reply.WhoisSession, ci.Door, client, reply.Moment(s.Since), idle))
	if operator && ci.Remote.IsValid() {
		lines = append(lines, reply.Say(reply.WhoisAddress, ci.Remote.Unmap()))
	}
	return lines
}

// maxShownClient is the most bytes that are shown of the program somebody uses.
const maxShownClient = 40

// clientName returns what is shown of the program that somebody uses: one word, as it
// stands in a sentence. What clients say after it is free text.
func clientName(version string) string {
	name, _, _ := strings.Cut(strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return ' '
		}
		return r
	}, text.Clean(version)), " ")
	return name[:min(len(name), maxShownClient)]
}

// whoisAway answers of somebody who is not here under that name: but perhaps under
// another one, or as a bot that follows; or who spoke last under it, where the name is
// nobody's.
func (s *Session) whoisAway(name string) (Reply, error) {
	h, spoke := s.hub, s.lastLineBy(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	id, err := names.Check(name)
	if err != nil {
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(name))
	}
	_, o := h.names.Owners(id, "")
	switch {
	case o == nil && spoke == nil:
		return nil, reply.Refuse(reply.NoSuchUser, name)
	case o == nil:
		return answer(whoisLastSpeaker(spoke, h.moderation.IsOperator(s.Person)))
	}
	if u := h.online.byPerson[o.Person]; u != nil {
		as := reply.Say(reply.WhoisHereAs, o.Name, u.info.Load().Name)
		return answer(append([]reply.Sentence{as}, s.whoisHereLocked(u)...))
	}
	lines := []reply.Sentence{reply.Say(reply.WhoisAway, o.Name, reply.Moment(o.LastUsed))}
	if h.bots.Get(o.Person) != nil {
		rooms := s.botRoomsLocked(o.Person)
		if len(rooms) > 0 {
			lines = []reply.Sentence{reply.Say(reply.WhoisVerified, o.Name)}
		}
		lines = append(lines, whoisBot(rooms))
	}
	for _, key := range h.keys.Of(o.Person) {
		lines = append(lines, reply.Say(reply.WhoisKey, key))
	}
	return answer(lines)
}

// whoisLastSpeaker returns what there is to know of who said something. The name was not its
// own, or is not any more.
func whoisLastSpeaker(said *Event, operator bool) []reply.Sentence {
	who := *said.User
	who.Verified = false
	lines := []reply.Sentence{whoisName(&who), reply.Say(reply.WhoisSpoke, reply.Moment(said.Time))}
	if who.Person != "" {
		return append(lines, reply.Say(reply.WhoisKey, who.Person))
	}
	if from := who.remoteAddr(); operator && from.IsValid() {
		lines = append(lines, reply.Say(reply.WhoisAddress, from))
	}
	return lines
}

// whoisBot says that somebody is a bot, and which rooms it follows.
func whoisBot(rooms []string) reply.Sentence {
	if len(rooms) == 0 {
		return reply.Say(reply.WhoisBot)
	}
	return reply.Say(reply.WhoisFollow, strings.Join(rooms, ", "))
}

// botRoomsLocked returns the rooms that a person follows, of those that s may enter.
func (s *Session) botRoomsLocked(person string) (rooms []string) {
	for other := range s.hub.followSessions {
		if other.Person == person && s.mayEnterRoomLocked(other.room()) == nil {
			rooms = append(rooms, "#"+other.room().name)
		}
	}
	slices.Sort(rooms)
	return slices.Compact(rooms)
}
