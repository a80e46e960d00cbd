package room

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// maxKeys is how many keys a person may have.
	maxKeys = 10

	// maxLinkedKeys is how many keys there are in all of which something is written. There
	// may be twice as many, since one that is removed is written down, too.
	maxLinkedKeys = 20_000

	// linkCodeTTL is how long the code lasts by which another key is added.
	linkCodeTTL = 10 * time.Minute

	// maxLinkCodes is how many such codes there are at a time.
	maxLinkCodes = 1000
)

// A linkedKey says whose a key is. A key of which nothing is written is a person
// by itself, whom the house knows by the fingerprint.
type linkedKey struct {
	Person        string    `json:"person"`
	Since         time.Time `json:"since"`
	FormerPersons []string  `json:"was,omitempty"` // whose it was before: what is kept of those is that person's, too
}

// A linkCode is a code by which a person takes in another key.
type linkCode struct {
	person  string
	expires time.Time
}

// personLocked returns who a key is. It returns "" for "".
func (h *Hub) personLocked(fingerprint string) string {
	if k := h.linkedKeys.Get(fingerprint); k != nil {
		return k.Person
	}
	return fingerprint
}

// identifyLocked returns who comes with ci's key. Where somebody is known by what older
// versions took for its fingerprint, the key becomes one of that person's: names, rights
// and penalties stay. A key of which something is known already stays whose it is.
func (h *Hub) identifyLocked(ci *ClientInfo) string {
	former := h.personLocked(ci.FormerFingerprint)
	if h.linkedKeys.Get(ci.Fingerprint) == nil && h.hasRecordsLocked(former) && !h.hasRecordsLocked(ci.Fingerprint) && h.linkedKeys.Len() < maxLinkedKeys {
		k := &linkedKey{Person: former, Since: time.Now()}
		h.linkedKeys.Put(ci.Fingerprint, k)
	}
	return h.personLocked(ci.Fingerprint)
}

// hasRecordsLocked reports whether the house has anything of a person itself: what
// files say of a key is no matter of who was known before.
func (h *Hub) hasRecordsLocked(person string) bool {
	return h.wasSeenLocked(person) || h.bots.Get(person) != nil ||
		h.settings.Get(person) != nil || h.ignoreLists.Get(person) != nil || h.moderation.Knows(person)
}

// indexKeyLocked keeps keysByPerson in step with what is known of a key.
func (h *Hub) indexKeyLocked(fingerprint string, before, after *linkedKey) {
	if before != nil {
		others := slices.DeleteFunc(h.keysByPerson[before.Person], func(other string) bool { return other == fingerprint })
		if h.keysByPerson[before.Person] = others; len(others) == 0 {
			delete(h.keysByPerson, before.Person)
		}
	}
	if after != nil {
		h.keysByPerson[after.Person] = append(h.keysByPerson[after.Person], fingerprint)
	}
}

// keysLocked returns the fingerprints of a person's keys.
func (h *Hub) keysLocked(person string) []string {
	keys := slices.Clone(h.keysByPerson[person])
	if h.isFirstKeyLocked(person) {
		keys = append(keys, person)
	}
	slices.Sort(keys)
	return keys
}

// isFirstKeyLocked reports whether a person is known by the fingerprint of its
// first key, of which nothing is written, and has that key still.
func (h *Hub) isFirstKeyLocked(person string) bool {
	return h.linkedKeys.Get(person) == nil && !strings.Contains(person, "~")
}

// hasKeyLocked reports whether one of a person's keys is in a list. The list may
// be nil.
func (h *Hub) hasKeyLocked(person string, list func(fingerprint string) bool) bool {
	return list != nil && (h.isFirstKeyLocked(person) && list(person) || slices.ContainsFunc(h.keysByPerson[person], list))
}

// personIDs returns what a person is and was known by: some of what is kept of it is
// under what one of its keys was before.
func (h *Hub) personIDs(person string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.personIDsLocked(person)
}

func (h *Hub) personIDsLocked(person string) []string {
	ids := []string{person}
	for _, fingerprint := range h.keysByPerson[person] {
		ids = append(ids, h.linkedKeys.Get(fingerprint).FormerPersons...)
	}
	return ids
}

// keyCommand does /key list, /key add, /key remove, /key bot and /key person.
func (s *Session) keyCommand(args []string, sure bool) (Reply, error) {
	if s.Person == "" {
		return nil, reply.Refuse(reply.NeedKey)
	}
	switch what := args[0]; {
	case what == "list" && len(args) == 1:
		return s.listKeys()
	case what == "add" && len(args) == 1:
		return s.createLinkCode()
	case what == "add":
		return s.addKey(args[1], sure)
	case what == "remove" && len(args) == 2:
		return s.removeKey(args[1], sure)
	case what == "bot" && len(args) == 1:
		return s.markAsBot()
	case what == "person" && len(args) == 1:
		return s.unmarkAsBot()
	}
	return nil, reply.Refuse(reply.Usage, "/key list | add [CODE [yes]] | remove SHA256:... [yes] | bot | person")
}

func (s *Session) listKeys() (Reply, error) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	var lines []reply.Sentence
	for _, fingerprint := range s.hub.keysLocked(s.Person) {
		phrase := reply.KeyLine
		if fingerprint == s.client.Fingerprint {
			phrase = reply.ThisKeyLine
		}
		lines = append(lines, reply.Say(phrase, fingerprint))
	}
	return answer(lines)
}

// createLinkCode gives s a code, which its other key is to bring.
func (s *Session) createLinkCode() (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.linkCodes, func(_ string, o *linkCode) bool { return o.person == s.Person || time.Now().After(o.expires) })
	if s.isRevokedLocked() {
		return nil, Revoked
	}
	if len(h.keysLocked(s.Person)) >= maxKeys {
		return nil, reply.Refuse(reply.TooManyKeys, maxKeys)
	}
	if h.isFullForLocked(s.Person, len(h.linkCodes), maxLinkCodes) || !h.takeQuotaLocked(s, linkCodeQuota(), 1) {
		return nil, reply.Refuse(reply.TryLater)
	}
	code := newCode()
	h.linkCodes[code] = &linkCode{person: s.Person, expires: time.Now().Add(linkCodeTTL)}
	return notice(reply.KeyLinkCode, formatCode(code), int(linkCodeTTL.Minutes())), nil
}

// addKey makes the key with which s came one of the keys of the person that
// offered the code. What s owned, and what was given to it, becomes that person's.
// Its sessions end: who comes again is that person.
//
// Unless s is sure it is told whose the code is and what goes there, and nothing is done:
// somebody else may have talked it into typing one.
func (s *Session) addKey(code string, sure bool) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	o, err := s.findLinkCodeLocked(normalizeCode(code))
	if err == nil && !sure {
		err = s.confirmLinkLocked(o, formatCode(normalizeCode(code)))
	}
	if err != nil {
		h.mu.Unlock()
		return nil, err
	}
	delete(h.linkCodes, normalizeCode(code))
	maps.DeleteFunc(h.linkCodes, func(_ string, o *linkCode) bool { return o.person == s.Person })
	k := &linkedKey{Person: o.person, Since: time.Now(), FormerPersons: []string{s.Person}}
	if old := h.linkedKeys.Get(s.client.Fingerprint); old != nil {
		k.FormerPersons = append(k.FormerPersons, old.FormerPersons...)
		k.FormerPersons = k.FormerPersons[:min(len(k.FormerPersons), maxKeys)]
	}
	h.linkedKeys.Put(s.client.Fingerprint, k)
	h.mergePersonsLocked(s.Person, o.person)
	for other := range h.sessions {
		if other.Person == s.Person && (!other.oneShot || other.following) {
			other.leaveLocked(Quit, reply.KeyAdded)
		}
	}
	h.mu.Unlock()
	s.hub.wakeForJoinLeave()
	if s.oneShot {
		return notice(reply.KeyAdded), nil
	}
	return nil, nil
}

// confirmLinkLocked asks s whether it wants to take an offer.
func (s *Session) confirmLinkLocked(o *linkCode, code string) *reply.Refusal {
	h, whose := s.hub, o.person
	if names := h.joinNamesLocked(o.person); names != "" {
		whose = names + " (" + o.person + ")"
	}
	ask := reply.ConfirmKeyAdd
	if h.moderation.IsOperator(s.Person) {
		ask = reply.ConfirmKeyAddOperator
	}
	return reply.Refuse(ask, whose, cmp.Or(h.joinNamesLocked(s.Person), "-"), code)
}

// findLinkCodeLocked returns the offer of a code that s may take.
func (s *Session) findLinkCodeLocked(code string) (*linkCode, error) {
	o := s.hub.linkCodes[code]
	switch {
	case s.isRevokedLocked():
		return nil, Revoked
	case o == nil || time.Now().After(o.expires):
		return nil, reply.Refuse(reply.WrongCode)
	case o.person == s.Person:
		return nil, reply.Refuse(reply.KeyIsYours)
	case len(s.hub.keysLocked(s.Person)) > 1: // they would be left behind
		return nil, reply.Refuse(reply.KeyHasOthers)
	case len(s.hub.namesByPerson[s.Person])+len(s.hub.namesByPerson[o.person]) > maxNames:
		return nil, reply.Refuse(reply.KeysHaveNames, maxNames, s.hub.joinNamesLocked(s.Person, o.person))
	case s.hub.isFullForLocked(s.Person, s.hub.linkedKeys.Len(), maxLinkedKeys), !s.hub.takeQuotaLocked(s, keyQuota(), 1):
		return nil, reply.Refuse(reply.TooManyKeysFromAddress)
	}
	return o, nil
}

// isRevokedLocked reports whether s's key is not its person's any more, because of
// what another session did a moment ago.
func (s *Session) isRevokedLocked() bool { return s.hub.personLocked(s.client.Fingerprint) != s.Person }

// mergePersonsLocked gives a person all that another one has, who is nobody from now on:
// names, rights, and penalties, too.
func (h *Hub) mergePersonsLocked(from, to string) {
	h.tables.Merge(from, to)
	if until := h.floodMutes[from]; until.After(h.floodMutes[to]) {
		h.floodMutes[to] = until
	}
}

// moveNamesLocked gives one person's names to another.
func (h *Hub) moveNamesLocked(from, to string) {
	for _, o := range slices.Clone(h.namesByPerson[from]) {
		h.removeOwnershipLocked(o)
		moved := &nameOwnership{Name: o.Name, Person: to, Since: o.Since, LastUsed: o.LastUsed, Attempts: o.Attempts, Spellings: o.Spellings, toldAt: o.toldAt}
		h.addOwnershipLocked(moved)
		h.names.Write(moved.identity.Key, moved)
	}
}

// removeKey takes a key from s's person. Whoever has it is a stranger from now
// on, here and in sessions to come.
// Unless s is sure nothing is done, and it is told what would be.
func (s *Session) removeKey(fingerprint string, sure bool) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	keys := h.keysLocked(s.Person)
	var err error
	switch {
	case s.isRevokedLocked():
		err = Revoked
	case !slices.Contains(keys, fingerprint):
		err = reply.Refuse(reply.NoSuchKey, text.Clean(fingerprint))
	case len(keys) == 1:
		err = reply.Refuse(reply.LastKey)
	case !sure:
		err = reply.Refuse(reply.ConfirmKeyRemove, fingerprint, fingerprint)
	}
	if err != nil {
		h.mu.Unlock()
		return nil, err
	}
	h.transferOnUnlinkLocked(fingerprint, keys)
	h.unlinkKeyLocked(fingerprint)
	for other := range h.sessions {
		if other.client.Fingerprint == fingerprint && !(other == s && s.oneShot) {
			other.leaveLocked(Revoked, reply.GoodbyeRevoked)
		}
	}
	inFile := h.hasKeyLocked(h.personLocked(fingerprint), h.IsOperatorKey) || h.hasKeyLocked(h.personLocked(fingerprint), h.IsAllowedKey)
	h.mu.Unlock()
	s.hub.wakeForJoinLeave()
	if inFile {
		return notice(reply.KeyInFile, fingerprint), nil
	}
	return notice(reply.KeyRemoved, fingerprint), nil
}

// transferOnUnlinkLocked has another of a person's keys remember what one was that goes.
func (h *Hub) transferOnUnlinkLocked(fingerprint string, keys []string) {
	k := h.linkedKeys.Get(fingerprint)
	if k == nil || len(k.FormerPersons) == 0 {
		return
	}
	heir := keys[slices.IndexFunc(keys, func(other string) bool { return other != fingerprint })]
	remembers := &linkedKey{Person: k.Person, Since: k.Since, FormerPersons: k.FormerPersons}
	if old := h.linkedKeys.Get(heir); old != nil {
		remembers.Since = old.Since
		remembers.FormerPersons = append(slices.Clone(old.FormerPersons), k.FormerPersons...)
		remembers.FormerPersons = remembers.FormerPersons[:min(len(remembers.FormerPersons), maxKeys)]
	}
	h.linkedKeys.Put(heir, remembers)
}

// unlinkKeyLocked makes a key a stranger's: somebody whom nobody has been before.
func (h *Hub) unlinkKeyLocked(fingerprint string) {
	now := time.Now()
	k := &linkedKey{Person: fingerprint + "~" + strconv.FormatInt(now.UnixNano(), 36), Since: now}
	h.linkedKeys.Put(fingerprint, k)
}
