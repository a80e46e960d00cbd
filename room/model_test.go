package room_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/netaddr"
	"teahouse/room"
)

// A model is a second, naive implementation of a hub: no locks, no rings, no cursors. Each session
// has a list of what it should read, to which every event is appended as it happens. See TestModel.
type model struct {
	rooms   map[string]*modelRoom // by key; the lobby is one of them
	here    []*modelPerson        // in the order of arrival
	live    []*modelSession
	owners  map[string]modelOwner      // who owns a name, by its look-alike key
	ignores map[string]map[string]bool // whom people with a key ignore
	bans    map[string]modelPenalty    // by target
	mutes   map[string]modelPenalty
}

type modelPerson struct {
	sign     string // the key, or a stand-in for guests
	key      string
	name     string
	rooms    map[*modelRoom]bool
	sessions []*modelSession
	terminal *modelSession
}

// A modelSession is a session. One that only follows a room has no person.
type modelSession struct {
	client   room.ClientInfo
	sign     string
	person   *modelPerson
	room     *modelRoom
	ignores  map[string]bool
	missed   map[*modelRoom]int // lines said in its other rooms
	heard    time.Time          // when it last typed something
	messages []modelMessage     // private messages that its person may not have seen
	reads    []modelLine        // what it has yet to read
	left     room.Reason
}

type modelRoom struct {
	name    string
	owner   string
	private bool
	invited map[string]bool
	members map[*modelPerson]bool
	empty   time.Time
	said    []modelLine
}

// A modelLine is something to read, as describe writes it, with its author and kind.
type modelLine struct {
	text string
	by   string // a sign; such lines are not read by who ignores it. "" is for one alone
	at   time.Time
}

type modelMessage struct {
	modelLine
	taken bool // its client was sent this message
}

type modelOwner struct {
	key   string
	since time.Time
}

type modelPenalty struct {
	name  string
	since time.Time
	until time.Time
}

const (
	modelOperator = "SHA256:OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO"
	modelPage     = 5 // lines shown on entering
)

func newModel() *model {
	m := &model{rooms: map[string]*modelRoom{}, owners: map[string]modelOwner{}, ignores: map[string]map[string]bool{},
		bans: map[string]modelPenalty{}, mutes: map[string]modelPenalty{}}
	m.found(string(room.Lobby), "")
	return m
}

// modelNames are the names that people ask for, each with its key and its look-alike key. The
// second ada begins with a Cyrillic letter.
var modelNames = map[string][2]string{
	"ada": {"ada", "ada"}, "ADA": {"ada", "ada"}, "аda": {"аda", "ada"}, "ａｄａ": {"ada", "ada"},
	"bob": {"bob", "bob"}, "Bob": {"bob", "bob"}, "b0b": {"b0b", "bob"},
	"张三":  {"张三", "张三"},
	"tea": {"tea", "tea"}, "TEA": {"tea", "tea"}, "tеa": {"tеa", "tea"}, "ink": {"ink", "ink"}, "墨": {"墨", "墨"},
	string(string(room.Lobby)): {string(room.Lobby), string(room.Lobby)},
}

// modelLook returns the look-alike key of a name; an assigned name has a number.
func modelLook(name string) string {
	if n, ok := modelNames[name]; ok {
		return n[1]
	}
	base, number, _ := strings.Cut(name, "-")
	return cmp.Or(modelNames[base][1], base) + "-" + number
}

func modelKey(name string) string {
	if n, ok := modelNames[name]; ok {
		return n[0]
	}
	base, number, _ := strings.Cut(name, "-")
	return cmp.Or(modelNames[base][0], base) + "-" + number
}

func (m *model) lobby() *modelRoom { return m.rooms[string(room.Lobby)] }

func (m *model) found(name, owner string) *modelRoom {
	r := &modelRoom{name: name, owner: owner, invited: map[string]bool{}, members: map[*modelPerson]bool{}, empty: time.Now()}
	m.rooms[modelKey(name)] = r
	return r
}

// happens appends a line for everybody whose current room this is.
func (m *model) happens(r *modelRoom, by, format string, args ...any) {
	line := modelLine{text: fmt.Sprintf(format, args...), by: by, at: time.Now()}
	for _, s := range m.live {
		if s.room == r {
			s.reads = append(s.reads, line)
		}
	}
}

// everywhere is happens in all rooms of a person.
func (m *model) everywhere(p *modelPerson, format string, args ...any) {
	m.happens(m.lobby(), p.sign, format, args...)
	for r := range p.rooms {
		m.happens(r, p.sign, format, args...)
	}
}

func (s *modelSession) read(format string, args ...any) {
	s.reads = append(s.reads, modelLine{text: fmt.Sprintf(format, args...)})
}

func (s *modelSession) refused() { s.read("refused") }

// take returns what s has to read now.
func (s *modelSession) take() (texts []string) {
	for _, line := range s.reads {
		if line.by == "" || !s.ignores[line.by] {
			texts = append(texts, line.text)
		}
	}
	s.reads = nil
	for i := range s.messages {
		s.messages[i].taken = true
	}
	return texts
}

// hears notes that s typed something: it has seen all that it was sent before.
func (s *modelSession) hears() {
	s.heard = time.Now()
	s.messages = slices.DeleteFunc(s.messages, func(t modelMessage) bool { return t.taken && t.at.Before(s.heard) })
}

func comesFrom(ci *room.ClientInfo) string {
	if ci.Remote.IsLoopback() {
		return "" // nobody from there can be banned by address
	}
	return netaddr.Address(ci.Remote).String()
}

// on returns the penalty that applies to a client, by its key or its address.
func on(penalties map[string]modelPenalty, target string) (modelPenalty, bool) {
	p, ok := penalties[target]
	return p, ok && target != "" && (p.until.IsZero() || !time.Now().After(p.until))
}

func (m *model) banned(ci *room.ClientInfo, sign string) bool {
	if ci.Fingerprint == modelOperator {
		return false
	}
	_, person := on(m.bans, sign)
	_, network := on(m.bans, comesFrom(ci))
	return person || network
}

// muted reports whether a session may not speak. The mute of an address spares people who owned a
// name before.
func (m *model) muted(ci *room.ClientInfo, sign string) bool {
	if ci.Fingerprint == modelOperator {
		return false
	}
	if _, muted := on(m.mutes, sign); muted {
		return true
	}
	p, muted := on(m.mutes, comesFrom(ci))
	for _, o := range m.owners {
		muted = muted && !(ci.Fingerprint != "" && o.key == string(ci.Fingerprint) && o.since.Before(p.since))
	}
	return muted
}

// quiets reports whether a client may not enter under the name that it asks for because it is
// muted, unless it owns that name or was muted under it.
func (m *model) quiets(ci *room.ClientInfo) bool {
	p, ok := on(m.mutes, string(ci.Fingerprint))
	if !ok {
		p, _ = on(m.mutes, comesFrom(ci))
	}
	o, owned := m.owners[modelLook(ci.RequestedName)]
	return m.muted(ci, string(ci.Fingerprint)) && !(owned && ci.Fingerprint != "" && o.key == string(ci.Fingerprint)) && modelKey(p.name) != modelKey(ci.RequestedName)
}

func (m *model) person(key string) *modelPerson {
	i := slices.IndexFunc(m.here, func(p *modelPerson) bool { return key != "" && p.key == key })
	if i < 0 {
		return nil
	}
	return m.here[i]
}

// named returns the user with a name.
func (m *model) named(name string) *modelPerson {
	i := slices.IndexFunc(m.here, func(p *modelPerson) bool { return modelKey(p.name) == modelKey(name) })
	if i < 0 {
		return nil
	}
	return m.here[i]
}

// mayBeCalled returns why a person may not have a name, or "".
func (m *model) mayBeCalled(p *modelPerson, key, name string) string {
	for _, other := range m.here {
		if other != p && modelLook(other.name) == modelLook(name) {
			return other.name + " is here"
		}
	}
	if o, ok := m.owners[modelLook(name)]; ok && o.key != key {
		return "it is owned"
	}
	return ""
}

func (m *model) owns(key, name string) {
	if _, ok := m.owners[modelLook(name)]; key != "" && !ok {
		m.owners[modelLook(name)] = modelOwner{key, time.Now()}
	}
}

// enter models Hub.Enter followed by Welcome. The hub has already given a new user a name; the
// model says whether it may.
func (m *model) enter(ci room.ClientInfo, sign, name string) (s *modelSession, past, private []string, wrong string) {
	s = &modelSession{client: ci, sign: sign, room: m.lobby(), heard: time.Now(), missed: map[*modelRoom]int{}, ignores: m.ignores[string(ci.Fingerprint)]}
	p := m.person(string(ci.Fingerprint))
	if p == nil {
		p = &modelPerson{sign: sign, key: string(ci.Fingerprint), name: name, rooms: map[*modelRoom]bool{}}
		if _, known := modelNames[ci.RequestedName]; known {
			why := m.mayBeCalled(nil, string(ci.Fingerprint), ci.RequestedName)
			switch {
			case m.quiets(&ci): // it gets another name, which the model does not predict
				if name == ci.RequestedName {
					return nil, nil, nil, fmt.Sprintf("%s is called so, and may not say it", ci.RequestedName)
				}
			case why == "" && name != ci.RequestedName:
				return nil, nil, nil, fmt.Sprintf("%s is called %s, and the name is free", ci.RequestedName, name)
			case why == "":
				m.owns(string(ci.Fingerprint), name)
			case name == ci.RequestedName:
				return nil, nil, nil, fmt.Sprintf("%s is called so, though %s", ci.RequestedName, why)
			}
		}
		if why := m.mayBeCalled(nil, string(ci.Fingerprint), name); why != "" {
			return nil, nil, nil, fmt.Sprintf("somebody is given the name %s, though %s", name, why)
		}
		m.here = append(m.here, p)
		m.live = append(m.live, s)
		m.join(p, s)
		m.happens(m.lobby(), p.sign, "+%s", name)
	} else {
		private = m.takeOver(p, s)
		m.live = append(m.live, s)
		m.join(p, s)
		if name != p.name {
			return nil, nil, nil, fmt.Sprintf("%s comes in as %s", p.name, name)
		}
	}
	return s, s.room.latest(s, modelPage), private, ""
}

func (m *model) join(p *modelPerson, s *modelSession) {
	s.person = p
	p.sessions = append(p.sessions, s)
	if s.client.Terminal {
		p.terminal = s
	}
}

// takeOver replaces the person's terminal, if there is one, and returns the private messages that
// they may not have seen yet.
func (m *model) takeOver(p *modelPerson, s *modelSession) (private []string) {
	if !s.client.Terminal {
		return nil
	}
	from := p.sessions
	if old := p.terminal; old != nil {
		from = []*modelSession{old}
		s.room, s.missed = old.room, old.missed
		m.end(old, room.TakenOver)
		p.sessions = slices.DeleteFunc(p.sessions, func(other *modelSession) bool { return other == old })
	}
	for _, other := range from {
		for _, t := range other.messages {
			s.messages = append(s.messages, modelMessage{modelLine{text: t.text, at: t.at}, true})
		}
		other.messages = nil
	}
	slices.SortStableFunc(s.messages, func(a, b modelMessage) int { return a.at.Compare(b.at) })
	for i := range s.messages {
		private = append(private, s.messages[i].text)
		s.messages[i].at = time.Now()
	}
	return private
}

func (r *modelRoom) latest(s *modelSession, most int) (texts []string) {
	for _, line := range slices.Backward(r.said) {
		if len(texts) < most && !s.ignores[line.by] {
			texts = append(texts, line.text)
		}
	}
	slices.Reverse(texts)
	return texts
}

// end ends a session, and nothing more of its person.
func (m *model) end(s *modelSession, reason room.Reason) {
	s.left = reason
	m.live = slices.DeleteFunc(m.live, func(other *modelSession) bool { return other == s })
}

func (m *model) leave(s *modelSession, reason room.Reason) {
	m.end(s, reason)
	p := s.person
	if p == nil { // it only followed
		return
	}
	p.sessions = slices.DeleteFunc(p.sessions, func(other *modelSession) bool { return other == s })
	if p.terminal == s {
		p.terminal = nil
	}
	if len(p.sessions) > 0 {
		return
	}
	m.here = slices.DeleteFunc(m.here, func(other *modelPerson) bool { return other == p })
	m.everywhere(p, "-%s (%s)", p.name, string(reason))
	for r := range p.rooms {
		r.remove(p)
	}
	if p.key == "" {
		delete(m.bans, p.sign)
		delete(m.mutes, p.sign)
	}
}

func (r *modelRoom) remove(p *modelPerson) {
	delete(r.members, p)
	delete(p.rooms, r)
	if len(r.members) == 0 {
		r.empty = time.Now()
	}
}

func (m *model) say(ci *room.ClientInfo, sign, name string, r *modelRoom, text string) bool {
	if m.muted(ci, sign) {
		return false
	}
	line := fmt.Sprintf("%s: %s", name, text)
	m.happens(r, sign, "%s", line)
	r.said = append(r.said, modelLine{text: line, by: sign})
	return true
}

func (m *model) rename(s *modelSession, name string) {
	p := s.person
	switch {
	case name == p.name:
		s.read("%s=%s", name, name)
	case m.muted(&s.client, p.sign), m.mayBeCalled(p, p.key, name) != "":
		s.refused()
	default:
		old := p.name
		p.name = name
		m.owns(p.key, name)
		m.everywhere(p, "%s=%s", old, name)
	}
}

func (m *model) tell(s *modelSession, name, text string) {
	to := m.named(name)
	if to == nil || m.muted(&s.client, s.sign) {
		s.refused()
		return
	}
	reader := cmp.Or(to.terminal, to.sessions[0])
	if reader.client.NoPrivateMessages || reader.ignores[s.sign] {
		s.refused()
		return
	}
	line := modelLine{text: fmt.Sprintf("%s>%s: %s", s.person.name, to.name, text), at: time.Now()}
	reader.reads = append(reader.reads, line)
	if to.key != "" {
		reader.messages = append(reader.messages, modelMessage{modelLine: line})
	}
	if reader != s {
		s.reads = append(s.reads, line)
	}
}

// sweep closes rooms that were empty for long, and unused ones sooner.
func (m *model) sweep() {
	for key, r := range m.rooms {
		looked := slices.ContainsFunc(m.live, func(s *modelSession) bool { return s.room == r })
		age := 24 * time.Hour
		if len(r.said)+len(r.invited) == 0 {
			age = time.Hour
		}
		if key != string(room.Lobby) && len(r.members) == 0 && !looked && time.Since(r.empty) > age {
			delete(m.rooms, key)
		}
	}
}

// isNew reports whether a key was first seen less than a day ago.
func (m *model) isNew(key string) bool {
	for _, o := range m.owners {
		if o.key == key && time.Since(o.since) >= 24*time.Hour {
			return false
		}
	}
	return key != modelOperator
}

func (m *model) founded(key string) (n int) {
	for _, r := range m.rooms {
		if r.owner == key {
			n++
		}
	}
	return n
}

// mayEnter reports whether somebody may enter or read a room.
func (m *model) mayEnter(r *modelRoom, key string, p *modelPerson) bool {
	return !r.private || key != "" && (r.owner == key || r.invited[key] || key == modelOperator) || r.members[p]
}

func (m *model) joinRoom(s *modelSession, name string) {
	m.sweep()
	p, r := s.person, m.rooms[modelKey(name)]
	if r == nil {
		for _, other := range m.rooms {
			if modelLook(other.name) == modelLook(name) {
				s.refused()
				return
			}
		}
		if p.key == "" || m.muted(&s.client, p.sign) || m.isNew(string(ids.Fingerprint(p.key))) && m.founded(p.key) == 2 {
			s.refused()
			return
		}
		r = m.found(name, p.key)
	}
	if !m.mayEnter(r, p.key, p) || r == s.room {
		s.refused()
		return
	}
	if r != m.lobby() && !r.members[p] {
		r.members[p], p.rooms[r] = true, true
		m.happens(r, p.sign, "+%s", p.name)
	}
	m.lookAt(s, r)
}

func (m *model) lookAt(s *modelSession, r *modelRoom) {
	missed := 0
	if n, ok := s.missed[r]; ok {
		missed = len(r.said) - n
	}
	delete(s.missed, r)
	if s.room == m.lobby() || s.room.members[s.person] {
		s.missed[s.room] = len(s.room.said)
	}
	s.room = r
	people := len(r.members)
	if r == m.lobby() {
		people = len(m.here)
	}
	past := r.latest(s, max(10, min(missed, 20)))
	text := fmt.Sprintf("entered %s (): %d here", r.name, people)
	for _, line := range past {
		text += ", " + line
	}
	if missed = min(missed, len(past)); missed > 0 {
		text += fmt.Sprintf(" (%d new)", missed)
	}
	s.read("%s", text)
}

func (m *model) part(s *modelSession) {
	r := s.room
	if r == m.lobby() {
		s.refused()
		return
	}
	m.lookAt(s, m.lobby())
	delete(s.missed, r)
	r.remove(s.person)
	m.happens(r, s.sign, "-%s (quit)", s.person.name)
}

func (m *model) keeps(s *modelSession) bool {
	key := s.person.key
	return key != "" && (s.room.owner == key || key == modelOperator)
}

func (m *model) setPrivate(s *modelSession, private bool) {
	r := s.room
	if r == m.lobby() || !m.keeps(s) {
		s.refused()
		return
	}
	r.private = private
	for p := range r.members {
		if private && p.key != "" {
			r.invited[p.key] = true
		}
	}
	for _, other := range slices.Clone(m.live) {
		if other.person == nil && other.room == r && !m.mayEnter(r, string(other.client.Fingerprint), nil) {
			m.leave(other, room.Kicked)
		}
	}
}

func (m *model) invite(s *modelSession, name string) {
	p, r := m.named(name), s.room
	switch {
	case m.muted(&s.client, s.sign), r == m.lobby(), r.private && !m.keeps(s), p == nil, r.private && p.key == "":
		s.refused()
	case r.private:
		r.invited[p.key] = true
	}
}

// targets returns what a ban or mute of an online person applies to.
func (p *modelPerson) targets() (targets []string) {
	for _, s := range p.sessions {
		if from := comesFrom(&s.client); from != "" {
			targets = append(targets, from)
			if p.key == "" {
				continue
			}
		}
		targets = append(targets, p.sign)
	}
	return targets
}

// penalize is /ban and /mute. It reports whether the target was found.
func (m *model) penalize(s *modelSession, penalties map[string]modelPenalty, name string, d time.Duration) bool {
	p := m.named(name)
	if s.person.key != modelOperator || p == nil || p.key == modelOperator {
		s.refused()
		return false
	}
	made := modelPenalty{name: p.name, since: time.Now()}
	if d > 0 {
		made.until = made.since.Add(d)
	}
	for _, target := range p.targets() {
		old, there := on(penalties, target)
		if there && moderation.IsNetwork(target) && old.name != p.name && old.outlasts(made.until) {
			continue // somebody else at that address has a longer one
		}
		penalties[target] = made
	}
	return true
}

// outlasts reports whether p ends after a moment; zero means never.
func (p modelPenalty) outlasts(until time.Time) bool {
	return !until.IsZero() && (p.until.IsZero() || p.until.After(until))
}

func (m *model) ban(s *modelSession, name string, d time.Duration) {
	if !m.penalize(s, m.bans, name, d) {
		return
	}
	for _, other := range slices.Clone(m.live) {
		if m.banned(&other.client, other.sign) {
			m.leave(other, room.Banned)
		}
	}
	for target := range m.bans {
		if accounts.IsSessionSubject(target) {
			delete(m.bans, target)
		}
	}
}

func (m *model) kick(s *modelSession, name string) {
	p := m.named(name)
	if s.person.key != modelOperator || p == nil || p.sign == s.sign {
		s.refused()
		return
	}
	for _, following := range []bool{true, false} {
		for _, other := range slices.Clone(m.live) {
			if other.sign == p.sign && (other.person == nil) == following {
				m.leave(other, room.Kicked)
			}
		}
	}
}

func (m *model) ignore(s *modelSession, name string, on bool) {
	p := m.named(name)
	switch {
	case p == nil, !on && !s.ignores[p.sign], p.sign == s.sign:
		s.refused()
		return
	}
	list := map[string]bool{p.sign: true}
	for sign := range s.ignores {
		list[sign] = true
	}
	if !on {
		delete(list, p.sign)
	}
	if s.client.Fingerprint != "" {
		m.ignores[string(s.client.Fingerprint)] = list
	}
	for _, other := range m.live {
		if other.sign == s.sign {
			other.ignores = list
		}
	}
}

func (m *model) who(r *modelRoom) string {
	var names []string
	for _, p := range m.here {
		if r == m.lobby() || r.members[p] {
			names = append(names, p.name)
		}
	}
	return "here: " + strings.Join(names, ",")
}
