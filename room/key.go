package room

import (
	"cmp"
	"slices"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// identifyLocked returns the person to whom ci's key belongs. If nothing is stored about the key,
// but a person is known by its fingerprint as older versions computed it, the key becomes that
// person's, who keeps names, rights and penalties.
func (h *Hub) identifyLocked(ci *ClientInfo) string {
	former := h.keys.PersonOf(ci.FormerFingerprint)
	if !h.keys.Knows(ci.Fingerprint) && h.hasRecordsLocked(former) && !h.hasRecordsLocked(ci.Fingerprint) && h.keys.Len() < accounts.MaxLinkedKeys {
		h.keys.Adopt(ci.Fingerprint, former)
	}
	return h.keys.PersonOf(ci.Fingerprint)
}

// hasRecordsLocked reports whether anything is stored about a person. What files say about a key
// does not count.
func (h *Hub) hasRecordsLocked(person string) bool {
	return h.wasSeenLocked(person) || h.bots.Get(person) != nil ||
		h.settings.Get(person) != nil || h.ignoreLists.Get(person) != nil || h.moderation.Knows(person)
}

// personIDs returns the IDs that a person has and had: some of what is stored about them is still
// under the former ID of one of their keys.
func (h *Hub) personIDs(person string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.keys.IDs(person)
}

// keyCommand implements /key list, /key add, /key remove, /key bot and /key person.
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

// A KeysReply lists the fingerprints of a person's keys.
type KeysReply struct {
	replied
	Keys    []string
	Current string // the fingerprint that this session uses
}

// Sentences is part of [TextReply].
func (r *KeysReply) Sentences() (lines []reply.Sentence) {
	for _, fingerprint := range r.Keys {
		code := reply.KeyLine
		if fingerprint == r.Current {
			code = reply.ThisKeyLine
		}
		lines = append(lines, reply.Say(code, fingerprint))
	}
	return lines
}

func (r *KeysReply) size() (items int, messages []*Event) { return len(r.Keys), nil }

func (s *Session) listKeys() (Reply, error) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return &KeysReply{Keys: s.hub.keys.Of(s.Person), Current: s.client.Fingerprint}, nil
}

// createLinkCode gives s a code that the person's other key must enter.
func (s *Session) createLinkCode() (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	offers := h.keys.SweepOffers(s.Person)
	if s.isRevokedLocked() {
		return nil, Revoked
	}
	if len(h.keys.Of(s.Person)) >= accounts.MaxKeys {
		return nil, reply.Refuse(reply.TooManyKeys, accounts.MaxKeys)
	}
	if h.isFullForLocked(s.Person, offers, accounts.MaxLinkOffers) || !h.takeQuotaLocked(s, linkCodeQuota(), 1) {
		return nil, reply.Refuse(reply.TryLater)
	}
	code := newCode()
	h.keys.Offer(code, s.Person)
	return NewNotice(reply.KeyLinkCode, formatCode(code), int(accounts.LinkOfferTTL.Minutes())), nil
}

// addKey makes s's key one of the keys of the person who offered the code. Everything that s's
// person owned or was given becomes that person's. The sessions of s's person end; after
// reconnecting they are the other person's.
//
// Unless sure is set, addKey only says whose code it is and what they would get: somebody may have
// talked s into entering a stranger's code.
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
	h.keys.Accept(normalizeCode(code), s.Person)
	h.keys.Link(s.client.Fingerprint, s.Person, o.Person)
	h.mergePersonsLocked(s.Person, o.Person)
	for other := range h.sessions {
		if other.Person == s.Person && (!other.oneShot || other.following) {
			other.leaveLocked(Quit, reply.KeyAdded)
		}
	}
	h.mu.Unlock()
	s.hub.wakeForJoinLeave()
	if s.oneShot {
		return NewNotice(reply.KeyAdded), nil
	}
	return nil, nil
}

// confirmLinkLocked returns the question whether s wants to accept an offer.
func (s *Session) confirmLinkLocked(o *accounts.LinkOffer, code string) *reply.Refusal {
	h, whose := s.hub, o.Person
	if names := h.names.Join(o.Person); names != "" {
		whose = names + " (" + o.Person + ")"
	}
	ask := reply.ConfirmKeyAdd
	if h.moderation.IsOperator(s.Person) {
		ask = reply.ConfirmKeyAddOperator
	}
	return reply.Refuse(ask, whose, cmp.Or(h.names.Join(s.Person), "-"), code)
}

// findLinkCodeLocked returns the offer with a code, if s may accept it.
func (s *Session) findLinkCodeLocked(code string) (*accounts.LinkOffer, error) {
	o := s.hub.keys.Offered(code)
	switch {
	case s.isRevokedLocked():
		return nil, Revoked
	case o == nil:
		return nil, reply.Refuse(reply.WrongCode)
	case o.Person == s.Person:
		return nil, reply.Refuse(reply.KeyIsYours)
	case len(s.hub.keys.Of(s.Person)) > 1: // the other keys would be left without a person
		return nil, reply.Refuse(reply.KeyHasOthers)
	case len(s.hub.names.Of(s.Person))+len(s.hub.names.Of(o.Person)) > accounts.MaxNames:
		return nil, reply.Refuse(reply.KeysHaveNames, accounts.MaxNames, s.hub.names.Join(s.Person, o.Person))
	case s.hub.isFullForLocked(s.Person, s.hub.keys.Len(), accounts.MaxLinkedKeys), !s.hub.takeQuotaLocked(s, keyQuota(), 1):
		return nil, reply.Refuse(reply.TooManyKeysFromAddress)
	}
	return o, nil
}

// isRevokedLocked reports whether s's key no longer belongs to s's person, because of what another
// session did a moment ago.
func (s *Session) isRevokedLocked() bool {
	return s.hub.keys.PersonOf(s.client.Fingerprint) != s.Person
}

// mergePersonsLocked gives to everything that from has, including names, rights and penalties. From
// no longer exists afterwards.
func (h *Hub) mergePersonsLocked(from, to string) {
	h.tables.Merge(from, to)
	if until := h.floodMutes[from]; until.After(h.floodMutes[to]) {
		h.floodMutes[to] = until
	}
}

// removeKey takes a key from s's person. Whoever uses that key is a stranger from now on, also in
// sessions that are already open. Unless sure is set, removeKey only says what it would do.
func (s *Session) removeKey(fingerprint string, sure bool) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	keys := h.keys.Of(s.Person)
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
	h.keys.Unlink(fingerprint)
	for other := range h.sessions {
		if other.client.Fingerprint == fingerprint && !(other == s && s.oneShot) {
			other.leaveLocked(Revoked, reply.GoodbyeRevoked)
		}
	}
	inFile := h.keys.HasListed(h.keys.PersonOf(fingerprint), h.IsOperatorKey) || h.keys.HasListed(h.keys.PersonOf(fingerprint), h.IsAllowedKey)
	h.mu.Unlock()
	s.hub.wakeForJoinLeave()
	if inFile {
		return NewNotice(reply.KeyInFile, fingerprint), nil
	}
	return NewNotice(reply.KeyRemoved, fingerprint), nil
}
