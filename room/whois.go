package room

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// whois implements /whois: it says what everybody may know about somebody. Operators also learn the
// address.
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
	return s.whoisHereLocked(u), nil
}

// A WhoisReply says what is known about somebody.
type WhoisReply struct {
	replied
	User     UserInfo
	AskedAs  string    // another of their names, which was asked for
	LastUsed time.Time // when the owner of the name last used it; zero if they are online
	Spoke    time.Time // when somebody without a name of their own, who has left, last spoke
	Rooms    []string  // the rooms that a bot follows
	Away     time.Time // since when they are away; zero if they are not
	Message  string    // why they are away, in their own words
	Keys     []string  // the keys of somebody who is offline
	Address  netip.Addr
	Sessions []WhoisSession
}

// A WhoisSession is one session of somebody who is online.
type WhoisSession struct {
	Key, Door, Client string
	Since             time.Time
	Idle              time.Duration
	Address           netip.Addr // only for operators
}

// Sentences is part of [TextReply].
func (r *WhoisReply) Sentences() (lines []reply.Sentence) {
	say := func(code reply.Code, args ...any) { lines = append(lines, reply.Say(code, args...)) }
	if r.AskedAs != "" {
		say(reply.WhoisHereAs, r.AskedAs, r.User.Name)
	}
	if r.LastUsed.IsZero() {
		lines = append(lines, whoisName(&r.User))
	} else {
		say(reply.WhoisAway, r.User.Name, reply.Moment(r.LastUsed))
	}
	if !r.Spoke.IsZero() {
		say(reply.WhoisSpoke, reply.Moment(r.Spoke))
	}
	if r.User.Bot {
		lines = append(lines, whoisBot(r.Rooms))
	}
	switch {
	case r.Away.IsZero():
	case r.Message == "":
		say(reply.WhoisAwaySince, reply.Moment(r.Away))
	default:
		say(reply.WhoisAwayReason, reply.Moment(r.Away), r.Message)
	}
	for _, key := range r.Keys {
		say(reply.WhoisKey, key)
	}
	if r.Address.IsValid() {
		say(reply.WhoisAddress, r.Address)
	}
	for i := range r.Sessions {
		lines = append(lines, r.Sessions[i].sentences()...)
	}
	return lines
}

func (r *WhoisReply) size() (items int, messages []*Event) {
	return 1 + len(r.Keys) + 2*len(r.Sessions), nil
}

func (ws *WhoisSession) sentences() (lines []reply.Sentence) {
	if ws.Key != "" {
		lines = append(lines, reply.Say(reply.WhoisKey, ws.Key))
	}
	lines = append(lines, reply.Say(reply.WhoisSession, ws.Door, ws.Client, reply.Moment(ws.Since), ws.Idle))
	if ws.Address.IsValid() {
		lines = append(lines, reply.Say(reply.WhoisAddress, ws.Address))
	}
	return lines
}

// whoisHereLocked returns what s may know about an online user.
func (s *Session) whoisHereLocked(u *user) *WhoisReply {
	r := &WhoisReply{User: *u.info.Load()}
	if r.User.Bot {
		r.Rooms = s.botRoomsLocked(r.User.Person)
	}
	if a := u.awayState.Load(); a != nil {
		r.Away, r.Message = a.since, a.message
	}
	operator := s.hub.moderation.IsOperator(s.Person)
	for _, other := range u.sessions {
		r.Sessions = append(r.Sessions, other.whoisSession(operator))
	}
	return r
}

// whoisName says whether somebody owns their name.
func whoisName(who *UserInfo) reply.Sentence {
	switch {
	case who.Verified:
		return reply.Say(reply.WhoisVerified, who.Name)
	case who.Person != "":
		return reply.Say(reply.WhoisKeyed, who.Name)
	}
	return reply.Say(reply.WhoisGuest, who.Name)
}

// whoisSession describes a session.
func (s *Session) whoisSession(operator bool) WhoisSession {
	ci := &s.client
	client := clientName(ci.Client)
	if client == "" || s.hub.muteLocked(s) != nil {
		client = "?"
	}
	idle := max(0, time.Since(s.idle.lastInputTime())).Truncate(time.Second) // another node's clock may make it negative
	ws := WhoisSession{Key: ci.Fingerprint, Door: ci.Door, Client: client, Since: s.Since, Idle: idle}
	if operator && ci.Remote.IsValid() {
		ws.Address = ci.Remote.Unmap()
	}
	return ws
}

// maxShownClient limits how many bytes are shown of the name of a client program.
const maxShownClient = 40

// clientName returns the name of a client program as one word that fits into a sentence. Whatever
// clients send after it is free text.
func clientName(version string) string {
	name, _, _ := strings.Cut(strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return ' '
		}
		return r
	}, text.Clean(version)), " ")
	return name[:min(len(name), maxShownClient)]
}

// whoisAway answers about a name that nobody online has. Its owner may be online under another
// name, or a bot that follows rooms; if nobody owns the name, the answer is about its last speaker.
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
		return whoisLastSpeaker(spoke, h.moderation.IsOperator(s.Person)), nil
	}
	if u := h.online.byPerson[o.Person]; u != nil {
		r := s.whoisHereLocked(u)
		r.AskedAs = o.Name
		return r, nil
	}
	r := &WhoisReply{User: UserInfo{Name: o.Name, Person: o.Person, Verified: true}, LastUsed: o.LastUsed, Keys: h.keys.Of(o.Person)}
	if h.bots.Get(o.Person) != nil {
		r.User.Bot, r.Rooms = true, s.botRoomsLocked(o.Person)
		if len(r.Rooms) > 0 {
			r.LastUsed = time.Time{}
		}
	}
	return r, nil
}

// whoisLastSpeaker describes the sender of a line, who did not own the name or does not any more.
func whoisLastSpeaker(said *Event, operator bool) *WhoisReply {
	r := &WhoisReply{User: *said.User, Spoke: said.Time}
	r.User.Verified, r.User.Bot = false, false
	if r.User.Person != "" {
		r.Keys = []string{r.User.Person}
	} else if operator {
		r.Address = r.User.remoteAddr()
	}
	return r
}

// whoisBot says that somebody is a bot, and which rooms it follows.
func whoisBot(rooms []string) reply.Sentence {
	if len(rooms) == 0 {
		return reply.Say(reply.WhoisBot)
	}
	return reply.Say(reply.WhoisFollow, strings.Join(rooms, ", "))
}

// botRoomsLocked returns the rooms that a bot follows, among those that s may enter.
func (s *Session) botRoomsLocked(person string) (rooms []string) {
	for other := range s.hub.followSessions {
		if other.Person == person && s.mayEnterRoomLocked(other.room()) == nil {
			rooms = append(rooms, "#"+other.room().name)
		}
	}
	slices.Sort(rooms)
	return slices.Compact(rooms)
}
