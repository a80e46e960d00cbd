package room

import (
	"slices"
	"strings"
	"time"
)

// whois does /whois: who somebody is, as far as everybody may know. Operators
// learn where they come from, too.
func (u *User) whois(name string) (*Event, error) {
	p := u.find(name)
	if p == nil {
		return u.whoisAway(name)
	}
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(p.sessions) == 0 {
		return nil, refuse(NoSuchUser, Clean(name))
	}
	return answer(u.whoisHereLocked(p))
}

// whoisHereLocked returns what u may know of somebody who is here.
func (u *User) whoisHereLocked(p *presence) []Sentence {
	who := p.who.Load()
	lines := []Sentence{whoisName(who)}
	if who.Bot {
		lines = append(lines, whoisBot(u.botRoomsLocked(who.Key)))
	}
	lines = append(lines, p.absent.Load().lines()...)
	operator := u.house.isOperatorLocked(u.Key)
	for _, s := range p.sessions {
		lines = append(lines, s.describe(operator)...)
	}
	return lines
}

// whoisName returns what the name of somebody is worth.
func whoisName(who *Who) Sentence {
	switch {
	case who.Verified:
		return Sentence{WhoisVerified, []any{who.Name}}
	case who.Key != "":
		return Sentence{WhoisKeyed, []any{who.Name}}
	}
	return Sentence{WhoisGuest, []any{who.Name}}
}

// describe returns what there is to know of a session.
func (u *User) describe(operator bool) (lines []Sentence) {
	v := &u.visitor
	if v.Key != "" {
		lines = append(lines, Sentence{WhoisKey, []any{v.Key}})
	}
	client := clientName(v.Client)
	if client == "" || u.house.muteLocked(u) != nil {
		client = "?"
	}
	idle := max(0, time.Since(u.idle.input())).Truncate(time.Second) // by the clock of another house it may be less than 0
	lines = append(lines, Sentence{WhoisSession, []any{v.Door, client, Moment(u.Since), idle}})
	if operator && v.Remote.IsValid() {
		lines = append(lines, Sentence{WhoisAddress, []any{v.Remote.Unmap()}})
	}
	return lines
}

// shownClient is the most bytes that are shown of the program somebody uses.
const shownClient = 40

// clientName returns what is shown of the program that somebody uses: one word, as it
// stands in a sentence. What clients say after it is free text.
func clientName(version string) string {
	name, _, _ := strings.Cut(strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return ' '
		}
		return r
	}, Clean(version)), " ")
	return name[:min(len(name), shownClient)]
}

// whoisAway answers of somebody who is not here under that name: but perhaps under
// another one, or as a bot that follows; or who spoke last under it, where the name is
// nobody's.
func (u *User) whoisAway(name string) (*Event, error) {
	h, spoke := u.house, u.lastSaid(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	id, err := checkName(name)
	if err != nil {
		return nil, refuse(NoSuchUser, Clean(name))
	}
	_, c := h.claimedLocked(id, "")
	switch {
	case c == nil && spoke == nil:
		return nil, refuse(NoSuchUser, name)
	case c == nil:
		return answer(whoisSpoke(spoke, h.isOperatorLocked(u.Key)))
	}
	if p := h.people[c.Person]; p != nil {
		as := Sentence{WhoisHereAs, []any{c.Name, p.who.Load().Name}}
		return answer(append([]Sentence{as}, u.whoisHereLocked(p)...))
	}
	lines := []Sentence{{WhoisAway, []any{c.Name, Moment(c.Seen)}}}
	if h.bots[c.Person] != nil {
		rooms := u.botRoomsLocked(c.Person)
		if len(rooms) > 0 {
			lines = []Sentence{{WhoisVerified, []any{c.Name}}}
		}
		lines = append(lines, whoisBot(rooms))
	}
	for _, key := range h.keysLocked(c.Person) {
		lines = append(lines, Sentence{WhoisKey, []any{key}})
	}
	return answer(lines)
}

// whoisSpoke returns what there is to know of who said something. The name was not its
// own, or is not any more.
func whoisSpoke(said *Event, operator bool) []Sentence {
	who := *said.Who
	who.Verified = false
	lines := []Sentence{whoisName(&who), {WhoisSpoke, []any{Moment(said.Time)}}}
	if who.Key != "" {
		return append(lines, Sentence{WhoisKey, []any{who.Key}})
	}
	if from := who.from(); operator && from.IsValid() {
		lines = append(lines, Sentence{WhoisAddress, []any{from}})
	}
	return lines
}

// whoisBot says that somebody is a bot, and which rooms it follows.
func whoisBot(rooms []string) Sentence {
	if len(rooms) == 0 {
		return Sentence{WhoisBot, nil}
	}
	return Sentence{WhoisFollow, []any{strings.Join(rooms, ", ")}}
}

// botRoomsLocked returns the rooms that a person follows, of those that u may enter.
func (u *User) botRoomsLocked(person string) (rooms []string) {
	for s := range u.house.follows {
		if s.Key == person && u.mayEnterRoomLocked(s.here()) == nil {
			rooms = append(rooms, "#"+s.here().name)
		}
	}
	slices.Sort(rooms)
	return slices.Compact(rooms)
}
