package command

import (
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// name implements /name and /name release.
func name(s *Runner, args []string, sure bool) (room.Reply, error) {
	if s.Person == "" {
		return nil, reply.Refuse(reply.NeedKey)
	}
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	switch {
	case len(args) > 0 && args[0] != "release":
		return nil, reply.Refuse(reply.Usage, "/name [release NAME]")
	case len(args) > 1:
		return releaseOwnName(st, s, args[1], sure)
	case len(st.Names.Of(s.Person)) == 0:
		return room.NewNotice(reply.NoNames), nil
	case len(args) > 0:
		return nil, reply.Refuse(reply.WhichName, st.Names.Join(s.Person))
	}
	return newNamesReply(st, h, s.Person), nil
}

// releaseOwnName frees a name that s owns. Anybody may take it a moment later.
func releaseOwnName(st *room.State, s *Runner, name string, sure bool) (room.Reply, error) {
	id, err := names.Check(name)
	if err != nil {
		return nil, err
	}
	o, _ := st.Names.Owners(id, s.Person)
	switch {
	case o == nil:
		return nil, reply.Refuse(reply.NameNotOwned, text.Clean(name))
	case !sure:
		return nil, reply.Refuse(reply.ConfirmRelease, o.Name, o.Name)
	}
	st.Names.Release(o)
	who := *s.UserInfo()
	who.Verified = st.Names.Owns(s.Person, s.User.Identity)
	st.SetUserInfo(s.User, &who)
	return room.NewNotice(reply.NameReleased, o.Name), nil
}

// A NamesReply lists the names that a person owns.
type NamesReply struct {
	room.PlainReply
	Names []OwnedName
}

// An OwnedName is a name in a [NamesReply], and when its owner last used it.
type OwnedName struct {
	Name     string
	LastUsed time.Time
}

// Sentences is part of [TextReply].
func (r *NamesReply) Sentences() (lines []reply.Sentence) {
	for _, o := range r.Names {
		lines = append(lines, reply.Say(reply.OwnedLine, o.Name, reply.Moment(o.LastUsed)))
	}
	return lines
}

func (r *NamesReply) Cost() (items int, messages []*room.Event) { return len(r.Names), nil }

func newNamesReply(st *room.State, h *room.Hub, person string) *NamesReply {
	r := &NamesReply{}
	for _, o := range st.Names.Sorted(person) {
		r.Names = append(r.Names, OwnedName{o.Name, o.LastUsed})
	}
	return r
}
