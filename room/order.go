package room

import (
	"cmp"
	"time"
)

const (
	// maxMotd and maxTopic are the most bytes that these may have.
	maxMotd  = 1000
	maxTopic = 300

	// mostSlow is the longest time, in seconds, between two lines of one person
	// in slow mode.
	mostSlow = 3600
)

// order is what operators have set for everybody.
type order struct {
	Motd     string `json:"motd,omitempty"`
	Topic    string `json:"topic,omitempty"`
	Slow     int    `json:"slow,omitempty"` // seconds; 0 is off
	Lockdown bool   `json:"lockdown,omitempty"`
}

// setOrder changes the order, which is written down, and tells everybody where
// there is a sentence for them.
func (u *User) setOrder(what, value string, change func(*order), told Phrase, args ...any) {
	h := u.house
	h.mu.Lock()
	change(&h.order)
	h.writeOrderLocked()
	h.mu.Unlock()
	u.audit(what, "", value)
	if told != "" {
		u.announce(told, args...)
	}
}

func (h *House) writeOrderLocked() {
	if h.order == (order{}) {
		h.writeLocked(tableOrder, "all", nil)
		return
	}
	h.writeLocked(tableOrder, "all", h.order)
}

// announce says something to everybody.
func (u *User) announce(p Phrase, args ...any) {
	h := u.house
	h.mu.Lock()
	rooms := h.sortedRoomsLocked()
	h.mu.Unlock()
	for _, r := range rooms {
		r.announce(&Event{Time: time.Now(), Kind: Announced, Who: u.Who(), Phrase: p, Args: args})
		r.wake()
	}
}

func (h *House) orderNow() order {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.order
}

// motd does /motd: it shows, or sets, what everybody reads who comes in.
func (u *User) motd(args []string) (*Event, error) {
	if len(args) == 0 {
		return shown(u.house.orderNow().Motd, MotdLine, NoMotd)
	}
	text, err := u.setting(args[0], maxMotd)
	if err != nil {
		return nil, err
	}
	u.setOrder("motd", cmp.Or(text, "off"), func(o *order) { o.Motd = text }, "")
	return notice(Done), nil
}

// topic does /topic, of the room that u looks at. That of the lobby is for operators
// to set, and kept with the order; that of another room is its owner's.
func (u *User) topic(args []string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	r := u.here()
	topic, may := h.topicLocked(r), u.keepsLocked(r)
	h.mu.Unlock()
	if len(args) == 0 {
		return shown(topic, TopicLine, NoTopic)
	}
	switch {
	case !may && r.identity.key == Lobby:
		return nil, refuse(OperatorsOnly)
	case !may:
		return nil, refuse(NotYourRoom, r.name)
	}
	text, err := cleanSetting(args[0], maxTopic)
	if err != nil {
		return nil, err
	}
	if err := u.maySpeak(); err != nil { // everybody there reads it
		return nil, err
	}
	h.mu.Lock()
	h.setTopicLocked(r, text)
	h.mu.Unlock()
	u.auditOwner("topic", r.inAudit(), cmp.Or(text, "off"))
	told, values := TopicSet, []any{u.Who().Name, text}
	if text == "" {
		told, values = TopicOff, []any{u.Who().Name}
	}
	r.announce(&Event{Time: time.Now(), Kind: Announced, Who: u.Who(), Phrase: told, Args: values})
	r.wake()
	return notice(Done), nil
}

// inAudit is how a room stands in the log of acts: the lobby needs no mention.
func (r *Room) inAudit() string {
	if r.identity.key == Lobby {
		return ""
	}
	return "#" + r.name
}

func (h *House) topicLocked(r *Room) string {
	if r == h.lobbyLocked() {
		return h.order.Topic
	}
	return r.topic
}

func (h *House) setTopicLocked(r *Room, text string) {
	if r != h.lobbyLocked() {
		r.topic = text
		h.writeRoomLocked(r)
		return
	}
	h.order.Topic = text
	h.writeOrderLocked()
}

func shown(text string, line, none Phrase) (*Event, error) {
	if text == "" {
		return notice(none), nil
	}
	return notice(line, text), nil
}

// setting returns a text that an operator sets; off takes away what there is.
func (u *User) setting(typed string, most int) (string, error) {
	if !u.isOperator() {
		return "", refuse(OperatorsOnly)
	}
	return cleanSetting(typed, most)
}

func cleanSetting(typed string, most int) (string, error) {
	if typed == "off" {
		return "", nil
	}
	text, err := cleanText(typed)
	if err == nil && len(text) > most {
		err = refuse(TextTooLong, most)
	}
	return text, err
}

// slow does /slow: it tells how slow it is, or sets it.
func (u *User) slow(args []string) (*Event, error) {
	if len(args) == 0 {
		now := slowness(u.house.orderNow().Slow)
		return notice(now.Phrase, now.Args...), nil
	}
	seconds := args[0]
	if seconds == "off" {
		seconds = "0"
	}
	n, err := number(seconds, 0, 0, mostSlow)
	if err != nil {
		return nil, err
	}
	told := slowness(n)
	u.setOrder("slow", seconds, func(o *order) { o.Slow = n }, told.Phrase, told.Args...)
	return notice(Done), nil
}

// slowness returns what is said of slow mode.
func slowness(seconds int) Sentence {
	if seconds == 0 {
		return Sentence{SlowOff, nil}
	}
	return Sentence{SlowOn, []any{seconds}}
}

// lockdown does /lockdown: it tells who gets in, or sets it.
func (u *User) lockdown(args []string) (*Event, error) {
	on := u.house.orderNow().Lockdown
	told := LockdownOff
	switch {
	case len(args) == 0 && on:
		return notice(LockdownOn), nil
	case len(args) == 0:
		return notice(NotLockedDown), nil
	case args[0] == "on":
		on, told = true, LockdownOn
	case args[0] == "off":
		on = false
	default:
		return nil, refuse(Usage, "/lockdown on|off")
	}
	u.setOrder("lockdown", args[0], func(o *order) { o.Lockdown = on }, told)
	return notice(Done), nil
}

// notices returns what u is told as it comes in.
func (h *House) notices(u *User) (lines []Sentence) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.order.Motd != "" {
		lines = append(lines, Sentence{MotdLine, []any{h.order.Motd}})
	}
	if topic := h.topicLocked(u.here()); topic != "" {
		lines = append(lines, Sentence{TopicLine, []any{topic}})
	}
	if u.Key != "" {
		lines = append(lines, h.lostLocked(u.Key)...)
		lines = append(lines, h.triesLocked(u.Key)...)
		lines = append(lines, h.warningsLocked(u)...)
	}
	return lines
}
