package builtin

import (
	"cmp"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"topic"}, Params: []string{"[TEXT|off]"},
		Syntaxes: command.Anywhere, Visibility: command.Visible, Group: command.GroupRooms,
		Help: i18n.Words{"show or set the topic", "查看或设置话题", "查看或設定話題"},
		Explanation: i18n.Words{
			"Shows the topic. Operators and the owner of the room can set it, or remove it with off.",
			"显示话题。管理员和房主可以设置，或用 off 移除。",
			"顯示話題。管理員和房主可以設定，或用 off 移除。",
		},
		Example: "topic",
		Run:     topic,
	})
}

// topic implements /topic, for the room that s looks at. Operators set the lobby's topic, which is
// stored with the hub's settings; other rooms' owners set theirs.
func topic(s *command.Runner, args []string) (room.Reply, error) {
	if len(args) == 0 {
		return showTopic(s)
	}
	r, text, err := setTopic(s, args[0])
	if err != nil {
		return nil, err
	}
	s.AuditOwner("topic", r.AuditName(), cmp.Or(text, "off"))
	told, values := reply.TopicSet, []any{s.UserInfo().Name, text}
	if text == "" {
		told, values = reply.TopicOff, []any{s.UserInfo().Name}
	}
	r.Announce(s.UserInfo(), told, values...)
	return room.NewNotice(reply.Done), nil
}

func showTopic(s *command.Runner) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	r := s.Room()
	if st.Rooms.IsClosed(r) {
		return nil, reply.Refuse(reply.NoSuchRoom, r.Name)
	}
	return showOrNone(st.Rooms.Topic(r), reply.TopicLine, reply.NoTopic)
}

// setTopic sets the topic of the room that s looks at, and returns the room and what the topic is
// now.
func setTopic(s *command.Runner, typed string) (r *room.Room, text string, err error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	r = s.Room()
	may := st.Rooms.MayManage(s.Session, r)
	switch {
	case st.Rooms.IsClosed(r):
		return nil, "", reply.Refuse(reply.NoSuchRoom, r.Name)
	case !may && r == st.Rooms.Lobby():
		return nil, "", reply.Refuse(reply.OperatorsOnly)
	case !may:
		return nil, "", reply.Refuse(reply.NotYourRoom, r.Name)
	}
	if text, err = cleanOperatorText(typed, moderation.MaxTopicBytes); err != nil {
		return nil, "", err
	}
	if err := st.Access.MaySpeak(s.Session); err != nil { // everybody in the room reads it
		return nil, "", err
	}
	st.Rooms.SetTopic(r, text)
	return r, text, nil
}
