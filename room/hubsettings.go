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

// changeHubSettings changes the order, which is written down, and tells everybody where
// there is a sentence for them.
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

// announceToAll says something to everybody.
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

// motd does /motd: it shows, or sets, what everybody reads who comes in.
func (s *Session) motd(args []string) (Reply, error) {
	if len(args) == 0 {
		return showOrNone(s.hub.currentHubSettings().Motd, reply.MotdLine, reply.NoMotd)
	}
	text, err := s.operatorText(args[0], moderation.MaxMotdBytes)
	if err != nil {
		return nil, err
	}
	s.changeHubSettings("motd", cmp.Or(text, "off"), func(o *moderation.Settings) { o.Motd = text }, "")
	return notice(reply.Done), nil
}

// topic does /topic, of the room that s looks at. That of the lobby is for operators
// to set, and kept with the order; that of another room is its owner's.
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
	if err := s.maySpeak(); err != nil { // everybody there reads it
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
	return notice(reply.Done), nil
}

// auditName is how a room stands in the log of acts: the lobby needs no mention.
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
		return notice(none), nil
	}
	return notice(line, text), nil
}

// operatorText returns a text that an operator sets; off takes away what there is.
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

// slowCommand does /slow: it tells how slow it is, or sets it.
func (s *Session) slowCommand(args []string) (Reply, error) {
	if len(args) == 0 {
		now := slowModeSentence(s.hub.currentHubSettings().SlowSeconds)
		return notice(now.Code, now.Args...), nil
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
	return notice(reply.Done), nil
}

// slowModeSentence returns what is said of slow mode.
func slowModeSentence(seconds int) reply.Sentence {
	if seconds == 0 {
		return reply.Say(reply.SlowOff)
	}
	return reply.Say(reply.SlowOn, seconds)
}

// lockdown does /lockdown: it tells who gets in, or sets it.
func (s *Session) lockdown(args []string) (Reply, error) {
	on := s.hub.currentHubSettings().Lockdown
	told := reply.LockdownOff
	switch {
	case len(args) == 0 && on:
		return notice(reply.LockdownOn), nil
	case len(args) == 0:
		return notice(reply.NotLockedDown), nil
	case args[0] == "on":
		on, told = true, reply.LockdownOn
	case args[0] == "off":
		on = false
	default:
		return nil, reply.Refuse(reply.Usage, "/lockdown on|off")
	}
	s.changeHubSettings("lockdown", args[0], func(o *moderation.Settings) { o.Lockdown = on }, told)
	return notice(reply.Done), nil
}

// notices returns what s is told as it comes in.
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
