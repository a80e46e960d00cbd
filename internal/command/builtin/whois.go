package builtin

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"whois"}, Params: []string{"NAME"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{"show who someone is", "查看某人是谁", "查看某人是誰"},
		Explanation: i18n.Words{
			"Shows if the name belongs to a key, and how and when this person connected.",
			"查看名字是否属于某把密钥，以及此人何时、如何连接。",
			"查看名字是否屬於某把金鑰，以及此人何時、如何連線。",
		},
		Example: "whois bob",
		Run:     whois,
	})
}

// whois implements /whois: it says what everybody may know about somebody. Operators also learn the
// address.
func whois(s *command.Runner, args []string) (room.Reply, error) {
	name := args[0]
	u := room.FindUser(s.Session, name)
	if u == nil {
		return whoisAway(s, name)
	}
	st := s.Hub().Lock()
	defer st.Unlock()
	if len(u.Sessions) == 0 {
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(name))
	}
	return whoisHere(st, s, u), nil
}

// A WhoisReply says what is known about somebody.
type WhoisReply struct {
	room.PlainReply
	User     room.UserInfo
	AskedAs  string            // another of their names, which was asked for
	LastUsed time.Time         // when the owner of the name last used it; zero if they are online
	Spoke    time.Time         // when somebody without a name of their own, who has left, last spoke
	Rooms    []string          // the rooms that a bot follows
	Away     time.Time         // since when they are away; zero if they are not
	Message  string            // why they are away, in their own words
	Keys     []ids.Fingerprint // the keys of somebody who is offline
	Address  netip.Addr
	Sessions []WhoisSession
}

// A WhoisSession is one session of somebody who is online.
type WhoisSession struct {
	Key          ids.Fingerprint
	Door, Client string
	Since        time.Time
	Idle         time.Duration
	Address      netip.Addr // only for operators
}

// Sentences is part of [room.TextReply].
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
		say(reply.WhoisKey, string(key))
	}
	if r.Address.IsValid() {
		say(reply.WhoisAddress, r.Address)
	}
	for i := range r.Sessions {
		lines = append(lines, r.Sessions[i].sentences()...)
	}
	return lines
}

func (r *WhoisReply) Cost() (items int, messages []*room.Event) {
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

// whoisHere returns what s may know about an online user.
func whoisHere(st *room.State, s *command.Runner, u *room.User) *WhoisReply {
	r := &WhoisReply{User: *u.Info()}
	if r.User.Bot {
		r.Rooms = botRooms(st, s, r.User.Person)
	}
	if a := u.Away.Load(); a != nil {
		r.Away, r.Message = a.Since, a.Message
	}
	operator := st.Moderation.IsOperator(s.Person)
	for _, other := range u.Sessions {
		r.Sessions = append(r.Sessions, whoisSession(st, other, operator))
	}
	return r
}

// whoisName says whether somebody owns their name.
func whoisName(who *room.UserInfo) reply.Sentence {
	switch {
	case who.Verified:
		return reply.Say(reply.WhoisVerified, who.Name)
	case who.Person != "":
		return reply.Say(reply.WhoisKeyed, who.Name)
	}
	return reply.Say(reply.WhoisGuest, who.Name)
}

// whoisSession describes a session.
func whoisSession(st *room.State, s *room.Session, operator bool) WhoisSession {
	ci := &s.Client
	client := clientName(ci.Client)
	if client == "" || st.Access.Mute(s) != nil {
		client = "?"
	}
	idle := max(0, time.Since(s.LastInput())).Truncate(time.Second) // another node's clock may make it negative
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
func whoisAway(s *command.Runner, name string) (room.Reply, error) {
	h, spoke := s.Hub(), lastLineBy(s, name)
	st := h.Lock()
	defer st.Unlock()
	id, err := names.Check(name)
	if err != nil {
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(name))
	}
	_, o := st.Names.Owners(id, "")
	switch {
	case o == nil && spoke == nil:
		return nil, reply.Refuse(reply.NoSuchUser, name)
	case o == nil:
		return whoisLastSpeaker(st, spoke, st.Moderation.IsOperator(s.Person)), nil
	}
	if u := st.Online.ByPerson[o.Person]; u != nil {
		r := whoisHere(st, s, u)
		r.AskedAs = o.Name
		return r, nil
	}
	r := &WhoisReply{User: room.UserInfo{Name: o.Name, Person: o.Person, Verified: true}, LastUsed: o.LastUsed, Keys: st.Keys.Of(o.Person)}
	if st.Bots.Get(o.Person) != nil {
		r.User.Bot, r.Rooms = true, botRooms(st, s, o.Person)
		if len(r.Rooms) > 0 {
			r.LastUsed = time.Time{}
		}
	}
	return r, nil
}

// whoisLastSpeaker describes the sender of a line, who did not own the name or does not any more.
func whoisLastSpeaker(st *room.State, said *room.Event, operator bool) *WhoisReply {
	r := &WhoisReply{User: *said.User, Spoke: said.Time}
	r.User.Verified, r.User.Bot = false, false
	if r.User.Person != "" {
		r.Keys = st.Keys.Of(st.Keys.Current(r.User.Person))
	} else if operator {
		r.Address = r.User.RemoteAddr()
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

// botRooms returns the rooms that a bot follows, among those that s may enter.
func botRooms(st *room.State, s *command.Runner, person ids.Account) (rooms []string) {
	for other := range st.Following {
		if other.Person == person && st.Rooms.MayEnter(s.Session, other.Room()) == nil {
			rooms = append(rooms, "#"+other.Room().Name)
		}
	}
	slices.Sort(rooms)
	return slices.Compact(rooms)
}
