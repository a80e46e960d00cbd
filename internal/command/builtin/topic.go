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
	h := s.Hub()
	st := h.Lock()
	r := s.Room()
	topic, may := st.Rooms.Topic(r), st.Rooms.MayManage(s.Session, r)
	st.Unlock()
	if len(args) == 0 {
		return showOrNone(topic, reply.TopicLine, reply.NoTopic)
	}
	switch {
	case !may && r.Identity.Key == room.Lobby:
		return nil, reply.Refuse(reply.OperatorsOnly)
	case !may:
		return nil, reply.Refuse(reply.NotYourRoom, r.Name)
	}
	text, err := cleanOperatorText(args[0], moderation.MaxTopicBytes)
	if err != nil {
		return nil, err
	}
	if err := s.MaySpeak(); err != nil { // everybody in the room reads it
		return nil, err
	}
	st = h.Lock()
	st.Rooms.SetTopic(r, text)
	st.Unlock()
	s.AuditOwner("topic", r.AuditName(), cmp.Or(text, "off"))
	told, values := reply.TopicSet, []any{s.UserInfo().Name, text}
	if text == "" {
		told, values = reply.TopicOff, []any{s.UserInfo().Name}
	}
	r.Announce(s.UserInfo(), told, values...)
	return room.NewNotice(reply.Done), nil
}
