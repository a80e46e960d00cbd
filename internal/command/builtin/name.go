package builtin

import (
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"name"}, Params: []string{"[release", "NAME]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupSettings,
		Help: i18n.Words{"list your names, or release one", "查看您的名字，或放弃一个", "查看您的名字，或放棄一個"},
		Explanation: i18n.Words{
			"Lists the names that your key owns. release NAME gives one up.",
			"列出属于您密钥的名字。release NAME 放弃一个。",
			"列出屬於您金鑰的名字。release NAME 放棄一個。",
		},
		Example:      "name release bob",
		Complete:     command.CompleteNothing,
		RunConfirmed: name,
	})
}

// name implements /name and /name release.
func name(s *command.Runner, args []string, sure bool) (room.Reply, error) {
	if s.Person == "" {
		return nil, reply.Refuse(reply.NeedKey)
	}
	st := s.Hub().Lock()
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
	return newNamesReply(st, s.Person), nil
}

// releaseOwnName frees a name that s owns. Anybody may take it a moment later.
func releaseOwnName(st *room.State, s *command.Runner, name string, sure bool) (room.Reply, error) {
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

// Sentences is part of [room.TextReply].
func (r *NamesReply) Sentences() (lines []reply.Sentence) {
	for _, o := range r.Names {
		lines = append(lines, reply.Say(reply.OwnedLine, o.Name, reply.Moment(o.LastUsed)))
	}
	return lines
}

func (r *NamesReply) Cost() (items int, messages []*room.Event) { return len(r.Names), nil }

func newNamesReply(st *room.State, person ids.Account) *NamesReply {
	r := &NamesReply{}
	for _, o := range st.Names.Sorted(person) {
		r.Names = append(r.Names, OwnedName{o.Name, o.LastUsed})
	}
	return r
}
