package room

import (
	"cmp"
	"strconv"
	"time"

	"teahouse/internal/duration"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// changeHubSettings changes the hub's settings, which stores and audits them, and tells everybody
// if there is a sentence for that.
func (s *Session) changeHubSettings(what, value string, change func(*moderation.Settings), told reply.Code, args ...any) {
	h := s.hub
	h.mu.Lock()
	h.moderation.ChangeSettings(change)
	h.mu.Unlock()
	s.audit(what, "", value)
	if told != "" {
		s.announceToAll(told, args...)
	}
}

// announceToAll tells everybody something.
func (s *Session) announceToAll(p reply.Code, args ...any) {
	h := s.hub
	h.mu.Lock()
	rooms := h.sortedRoomsLocked()
	h.mu.Unlock()
	for _, r := range rooms {
		r.announce(&Event{Time: time.Now(), Kind: Announced, User: s.User(), Code: p, Args: args})
		r.wake()
	}
}

func (h *Hub) currentHubSettings() moderation.Settings {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.moderation.Settings()
}

// motd implements /motd: it shows, or sets, the message that everybody reads on entering.
func (s *Session) motd(args []string) (Reply, error) {
	if len(args) == 0 {
		return showOrNone(s.hub.currentHubSettings().Motd, reply.MotdLine, reply.NoMotd)
	}
	text, err := s.operatorText(args[0], moderation.MaxMotdBytes)
	if err != nil {
		return nil, err
	}
	s.changeHubSettings("motd", cmp.Or(text, "off"), func(o *moderation.Settings) { o.Motd = text }, "")
	return NewNotice(reply.Done), nil
}

// topic implements /topic, for the room that s looks at. Operators set the lobby's topic, which is
// stored with the hub's settings; other rooms' owners set theirs.
func (s *Session) topic(args []string) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	r := s.room()
	topic, may := h.topicLocked(r), s.mayManageRoomLocked(r)
	h.mu.Unlock()
	if len(args) == 0 {
		return showOrNone(topic, reply.TopicLine, reply.NoTopic)
	}
	switch {
	case !may && r.identity.Key == Lobby:
		return nil, reply.Refuse(reply.OperatorsOnly)
	case !may:
		return nil, reply.Refuse(reply.NotYourRoom, r.name)
	}
	text, err := cleanOperatorText(args[0], moderation.MaxTopicBytes)
	if err != nil {
		return nil, err
	}
	if err := s.maySpeak(); err != nil { // everybody in the room reads it
		return nil, err
	}
	h.mu.Lock()
	h.setTopicLocked(r, text)
	h.mu.Unlock()
	s.auditOwner("topic", r.auditName(), cmp.Or(text, "off"))
	told, values := reply.TopicSet, []any{s.User().Name, text}
	if text == "" {
		told, values = reply.TopicOff, []any{s.User().Name}
	}
	r.announce(&Event{Time: time.Now(), Kind: Announced, User: s.User(), Code: told, Args: values})
	r.wake()
	return NewNotice(reply.Done), nil
}

// auditName returns how the audit log refers to a room. The lobby is not mentioned.
func (r *Room) auditName() string {
	if r.identity.Key == Lobby {
		return ""
	}
	return "#" + r.name
}

func (h *Hub) topicLocked(r *Room) string {
	if r == h.lobbyLocked() {
		return h.moderation.Settings().Topic
	}
	return r.topic
}

func (h *Hub) setTopicLocked(r *Room, text string) {
	if r != h.lobbyLocked() {
		r.topic = text
		h.saveRoomLocked(r)
		return
	}
	h.moderation.ChangeSettings(func(s *moderation.Settings) { s.Topic = text })
}

func showOrNone(text string, line, none reply.Code) (Reply, error) {
	if text == "" {
		return NewNotice(none), nil
	}
	return NewNotice(line, text), nil
}

// operatorText returns a text set by an operator, or "" for off, which removes the current one.
func (s *Session) operatorText(typed string, most int) (string, error) {
	if !s.isOperator() {
		return "", reply.Refuse(reply.OperatorsOnly)
	}
	return cleanOperatorText(typed, most)
}

func cleanOperatorText(typed string, most int) (string, error) {
	if typed == "off" {
		return "", nil
	}
	text, err := text.CheckLine(typed)
	if err == nil && len(text) > most {
		err = reply.Refuse(reply.TextTooLong, most)
	}
	return text, err
}

// slowCommand implements /slow: it shows or sets slow mode.
func (s *Session) slowCommand(args []string) (Reply, error) {
	if len(args) == 0 {
		now := slowModeSentence(s.hub.currentHubSettings().SlowSeconds)
		return NewNotice(now.Code, now.Args...), nil
	}
	seconds := args[0]
	if seconds == "off" {
		seconds = "0"
	}
	if d, err := duration.Parse(seconds); err == nil && d%time.Second == 0 {
		seconds = strconv.Itoa(int(d / time.Second))
	}
	n, err := parseNumber(seconds, 0, 0, moderation.MaxSlowSeconds)
	if err != nil {
		return nil, err
	}
	told := slowModeSentence(n)
	s.changeHubSettings("slow", seconds, func(o *moderation.Settings) { o.SlowSeconds = n }, told.Code, told.Args...)
	return NewNotice(reply.Done), nil
}

// slowModeSentence describes slow mode.
func slowModeSentence(seconds int) reply.Sentence {
	if seconds == 0 {
		return reply.Say(reply.SlowOff)
	}
	return reply.Say(reply.SlowOn, seconds)
}

// lockdown implements /lockdown: it shows or sets who may enter.
func (s *Session) lockdown(args []string) (Reply, error) {
	on := s.hub.currentHubSettings().Lockdown
	told := reply.LockdownOff
	switch {
	case len(args) == 0 && on:
		return NewNotice(reply.LockdownOn), nil
	case len(args) == 0:
		return NewNotice(reply.NotLockedDown), nil
	case args[0] == "on":
		on, told = true, reply.LockdownOn
	case args[0] == "off":
		on = false
	default:
		return nil, reply.Refuse(reply.Usage, "/lockdown on|off")
	}
	s.changeHubSettings("lockdown", args[0], func(o *moderation.Settings) { o.Lockdown = on }, told)
	return NewNotice(reply.Done), nil
}

// notices returns what s is told on entering.
func (h *Hub) notices(s *Session) (lines []reply.Sentence) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.moderation.Settings().Motd != "" {
		lines = append(lines, reply.Say(reply.MotdLine, h.moderation.Settings().Motd))
	}
	if topic := h.topicLocked(s.room()); topic != "" {
		lines = append(lines, reply.Say(reply.TopicLine, topic))
	}
	if s.Person != "" {
		lines = append(lines, h.takeNameNoticesLocked(s.Person)...)
		lines = append(lines, h.takeNameAttemptsLocked(s.Person)...)
		lines = append(lines, h.takeWarningsLocked(s)...)
	}
	return lines
}
