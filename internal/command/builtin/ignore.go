package builtin

import (
	"maps"
	"slices"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"ignore"}, Params: []string{"[NAME]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible,
		Help: i18n.Words{
			"hide someone's messages, or list who you ignore",
			"屏蔽某人，或查看屏蔽了谁",
			"忽略某人，或查看忽略了誰",
		},
		Explanation: i18n.Words{
			"Hides this person's messages from you. Without a name it lists who you ignore.",
			"不再看到此人的消息。不写名字则列出您屏蔽的人。",
			"不再看到此人的訊息。不寫名字則列出您忽略的人。",
		},
		Example: "ignore bob",
		Run:     ignore,
	})
}

// ignore implements /ignore.
func ignore(s *command.Runner, args []string) (room.Reply, error) {
	if len(args) == 0 {
		return listIgnored(s)
	}
	return changeIgnoreList(s, args[0], true)
}

// changeIgnoreList puts the person with a name on s's list of ignored people, or takes them off it.
func changeIgnoreList(s *command.Runner, whom string, on bool) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	key, name := resolveIgnored(st, s.Session, whom)
	list := &accounts.IgnoreList{People: map[string]string{}}
	if old := s.IgnoreList.Load(); old != nil {
		maps.Copy(list.People, old.People)
	}
	_, already := list.People[key]
	switch {
	case key == "":
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(whom))
	case !on && !already:
		return nil, reply.Refuse(reply.NotIgnored, name)
	case key == s.UserInfo().Subject():
		return nil, reply.Refuse(reply.CannotIgnoreSelf)
	case on && len(list.People) >= accounts.MaxIgnored:
		return nil, reply.Refuse(reply.TooManyIgnored, accounts.MaxIgnored)
	}
	told := reply.IgnoredNow
	if on {
		list.People[key] = name
	} else {
		delete(list.People, key)
		told = reply.IgnoredNoMore
	}
	if !st.People.SaveIgnoreList(s.Session, list) {
		return &command.WithWarning{Reply: room.NewNotice(told, name), Warning: reply.Say(reply.SessionOnly)}, nil
	}
	return room.NewNotice(told, name), nil
}

// resolveIgnored returns the subject by which the person with a name is, or will be, ignored.
func resolveIgnored(st *room.State, s *room.Session, name string) (key, spelled string) {
	if u := st.Online.ByName[names.Key(name)]; u != nil {
		who := u.Info()
		return who.Subject(), who.Name
	}
	if person, spelled := st.People.LookUp(name); person != "" {
		return string(person), spelled
	}
	if list := s.IgnoreList.Load(); list != nil { // by the name that they had then
		for key, spelled := range list.People {
			if names.Key(spelled) == names.Key(name) {
				return key, spelled
			}
		}
	}
	return "", ""
}

// An IgnoreListReply lists the people that a session ignores.
type IgnoreListReply struct {
	room.PlainReply
	Names []string
}

// Sentences is part of [room.TextReply].
func (r *IgnoreListReply) Sentences() (lines []reply.Sentence) {
	for _, name := range r.Names {
		lines = append(lines, reply.Say(reply.IgnoredLine, name))
	}
	return lines
}

func (r *IgnoreListReply) Cost() (items int, messages []*room.Event) { return len(r.Names), nil }

func listIgnored(s *command.Runner) (room.Reply, error) {
	list := s.IgnoreList.Load()
	if list == nil {
		return room.NewNotice(reply.NobodyIgnored), nil
	}
	return &IgnoreListReply{Names: slices.Sorted(maps.Values(list.People))}, nil
}
