package room

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// mostKeys is how many keys a person may have.
	mostKeys = 10

	// mostLinked is how many keys there are in all of which something is written. There
	// may be twice as many, since one that is removed is written down, too.
	mostLinked = 20_000

	// offerTime is how long the code lasts by which another key is added.
	offerTime = 10 * time.Minute

	// mostOffers is how many such codes there are at a time.
	mostOffers = 1000
)

// A linkedKey says whose a key is. A key of which nothing is written is a person
// by itself, whom the house knows by the fingerprint.
type linkedKey struct {
	Person string    `json:"person"`
	Since  time.Time `json:"since"`
	Was    []string  `json:"was,omitempty"` // whose it was before: what is kept of those is that person's, too
}

// An offer is a code by which a person takes in another key.
type offer struct {
	person string
	until  time.Time
}

// personLocked returns who a key is. It returns "" for "".
func (h *House) personLocked(fingerprint string) string {
	if k := h.keys[fingerprint]; k != nil {
		return k.Person
	}
	return fingerprint
}

// recognizeLocked returns who comes with v's key. Where somebody is known by what older
// versions took for its fingerprint, the key becomes one of that person's: names, rights
// and penalties stay. A key of which something is known already stays whose it is.
func (h *House) recognizeLocked(v *Visitor) string {
	former := h.personLocked(v.Former)
	if h.keys[v.Key] == nil && h.isOnRecordLocked(former) && !h.isOnRecordLocked(v.Key) && len(h.keys) < mostLinked {
		k := &linkedKey{Person: former, Since: time.Now()}
		h.linkLocked(v.Key, k)
		h.writeLocked(tableKeys, v.Key, k)
	}
	return h.personLocked(v.Key)
}

// isOnRecordLocked reports whether the house has anything of a person itself: what
// files say of a key is no matter of who was known before.
func (h *House) isOnRecordLocked(person string) bool {
	return h.wasHereLocked(person) || h.operators[person] != nil || h.allowed[person] != nil || h.bots[person] != nil ||
		h.settings[person] != nil || h.ignores[person] != nil || h.bans.all[person] != nil || h.mutes.all[person] != nil
}

// linkLocked makes a key a person's.
func (h *House) linkLocked(fingerprint string, k *linkedKey) {
	if was := h.keys[fingerprint]; was != nil {
		h.linked[was.Person] = slices.DeleteFunc(h.linked[was.Person], func(other string) bool { return other == fingerprint })
		if len(h.linked[was.Person]) == 0 {
			delete(h.linked, was.Person)
		}
	}
	h.keys[fingerprint] = k
	h.linked[k.Person] = append(h.linked[k.Person], fingerprint)
}

// keysLocked returns the fingerprints of a person's keys.
func (h *House) keysLocked(person string) []string {
	keys := slices.Clone(h.linked[person])
	if h.isFirstKeyLocked(person) {
		keys = append(keys, person)
	}
	slices.Sort(keys)
	return keys
}

// isFirstKeyLocked reports whether a person is known by the fingerprint of its
// first key, of which nothing is written, and has that key still.
func (h *House) isFirstKeyLocked(person string) bool {
	return h.keys[person] == nil && !strings.Contains(person, "~")
}

// hasKeyLocked reports whether one of a person's keys is in a list. The list may
// be nil.
func (h *House) hasKeyLocked(person string, list func(fingerprint string) bool) bool {
	return list != nil && (h.isFirstKeyLocked(person) && list(person) || slices.ContainsFunc(h.linked[person], list))
}

// ids returns what a person is and was known by: some of what is kept of it is
// under what one of its keys was before.
func (h *House) ids(person string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.idsLocked(person)
}

func (h *House) idsLocked(person string) []string {
	ids := []string{person}
	for _, fingerprint := range h.linked[person] {
		ids = append(ids, h.keys[fingerprint].Was...)
	}
	return ids
}

// keyCommand does /key list, /key add, /key remove, /key bot and /key person.
func (u *User) keyCommand(args []string, sure bool) (*Event, error) {
	if u.Key == "" {
		return nil, refuse(NeedKey)
	}
	switch what := args[0]; {
	case what == "list" && len(args) == 1:
		return u.listKeys()
	case what == "add" && len(args) == 1:
		return u.offerKey()
	case what == "add":
		return u.addKey(args[1], sure)
	case what == "remove" && len(args) == 2:
		return u.removeKey(args[1], sure)
	case what == "bot" && len(args) == 1:
		return u.becomeBot()
	case what == "person" && len(args) == 1:
		return u.becomePerson()
	}
	return nil, refuse(Usage, "/key list | add [CODE [yes]] | remove SHA256:... [yes] | bot | person")
}

func (u *User) listKeys() (*Event, error) {
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	var lines []Sentence
	for _, fingerprint := range u.house.keysLocked(u.Key) {
		phrase := KeyLine
		if fingerprint == u.visitor.Key {
			phrase = ThisKeyLine
		}
		lines = append(lines, Sentence{phrase, []any{fingerprint}})
	}
	return answer(lines)
}

// offerKey gives u a code, which its other key is to bring.
func (u *User) offerKey() (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.offers, func(_ string, o *offer) bool { return o.person == u.Key || time.Now().After(o.until) })
	if u.isRevokedLocked() {
		return nil, Revoked
	}
	if len(h.keysLocked(u.Key)) >= mostKeys {
		return nil, refuse(TooManyKeys, mostKeys)
	}
	if h.isFullLocked(u.Key, len(h.offers), mostOffers) || !h.shareLocked(u, shareOfCodes(), 1) {
		return nil, refuse(TryLater)
	}
	code := newCode()
	h.offers[code] = &offer{person: u.Key, until: time.Now().Add(offerTime)}
	return notice(KeyOffer, spell(code), int(offerTime.Minutes())), nil
}

// addKey makes the key with which u came one of the keys of the person that
// offered the code. What u owned, and what was given to it, becomes that person's.
// Its sessions end: who comes again is that person.
//
// Unless u is sure it is told whose the code is and what goes there, and nothing is done:
// somebody else may have talked it into typing one.
func (u *User) addKey(code string, sure bool) (*Event, error) {
	h := u.house
	h.mu.Lock()
	o, err := u.offeredLocked(canonical(code))
	if err == nil && !sure {
		err = u.askLocked(o, spell(canonical(code)))
	}
	if err != nil {
		h.mu.Unlock()
		return nil, err
	}
	delete(h.offers, canonical(code))
	maps.DeleteFunc(h.offers, func(_ string, o *offer) bool { return o.person == u.Key })
	k := &linkedKey{Person: o.person, Since: time.Now(), Was: []string{u.Key}}
	if old := h.keys[u.visitor.Key]; old != nil {
		k.Was = append(k.Was, old.Was...)
		k.Was = k.Was[:min(len(k.Was), mostKeys)]
	}
	h.linkLocked(u.visitor.Key, k)
	h.writeLocked(tableKeys, u.visitor.Key, k)
	h.mergeLocked(u.Key, o.person)
	for other := range h.users {
		if other.Key == u.Key && (!other.visiting || other.following) {
			other.leaveLocked(Quit, KeyAdded)
		}
	}
	h.mu.Unlock()
	u.house.wakeForMove()
	if u.visiting {
		return notice(KeyAdded), nil
	}
	return nil, nil
}

// askLocked asks u whether it wants to take an offer.
func (u *User) askLocked(o *offer, code string) *Refusal {
	h, whose := u.house, o.person
	if names := h.listNamesLocked(o.person); names != "" {
		whose = names + " (" + o.person + ")"
	}
	ask := KeyAsk
	if h.isOperatorLocked(u.Key) {
		ask = KeyAskOperator
	}
	return refuse(ask, whose, cmp.Or(h.listNamesLocked(u.Key), "-"), code)
}

// offeredLocked returns the offer of a code that u may take.
func (u *User) offeredLocked(code string) (*offer, error) {
	o := u.house.offers[code]
	switch {
	case u.isRevokedLocked():
		return nil, Revoked
	case o == nil || time.Now().After(o.until):
		return nil, refuse(WrongCode)
	case o.person == u.Key:
		return nil, refuse(KeyIsYours)
	case len(u.house.keysLocked(u.Key)) > 1: // they would be left behind
		return nil, refuse(KeyHasOthers)
	case len(u.house.claimed[u.Key])+len(u.house.claimed[o.person]) > mostNames:
		return nil, refuse(KeysHaveNames, mostNames, u.house.listNamesLocked(u.Key, o.person))
	case u.house.isFullLocked(u.Key, len(u.house.keys), mostLinked), !u.house.shareLocked(u, shareOfKeys(), 1):
		return nil, refuse(KeysFromHere)
	}
	return o, nil
}

// isRevokedLocked reports whether u's key is not its person's any more, because of
// what another session did a moment ago.
func (u *User) isRevokedLocked() bool { return u.house.personLocked(u.visitor.Key) != u.Key }

// mergeLocked gives a person all that another one has, who is nobody from now on:
// names, rights, and penalties, too.
func (h *House) mergeLocked(from, to string) {
	for _, c := range slices.Clone(h.claimed[from]) {
		h.dropClaimLocked(c)
		moved := &claim{Name: c.Name, Person: to, Since: c.Since, Seen: c.Seen, Tries: c.Tries, Also: c.Also, told: c.told}
		h.addClaimLocked(moved)
		h.writeLocked(tableNames, moved.identity.key, moved)
	}
	moveLocked(h, tableLost, h.lost, from, to)
	moveLocked(h, tableOperators, h.operators, from, to)
	moveLocked(h, tableAllowed, h.allowed, from, to)
	moveLocked(h, tableIgnored, h.ignores, from, to)
	h.ignoreAlsoLocked(from, to)
	h.moveSettingsLocked(from, to)
	moveLocked(h, tableTyped, h.typed, from, to)
	h.movePlacesLocked(from, to)
	putLocked(h, tableBots, h.bots, from, nil) // a person does not become a bot by taking in a bot's key
	if p := h.mutes.person(from, h.clocks.earliest()); p != nil {
		moved := *p
		moved.Target = to
		h.mutes.put(&moved)
		h.writeLocked(tableMutes, to, &moved)
		h.strikeLocked(&h.mutes, p)
	}
	if until := h.hushed[from]; until.After(h.hushed[to]) {
		h.hushed[to] = until
	}
}

// removeKey takes a key from u's person. Whoever has it is a stranger from now
// on, here and in sessions to come.
// Unless u is sure nothing is done, and it is told what would be.
func (u *User) removeKey(fingerprint string, sure bool) (*Event, error) {
	h := u.house
	h.mu.Lock()
	keys := h.keysLocked(u.Key)
	var err error
	switch {
	case u.isRevokedLocked():
		err = Revoked
	case !slices.Contains(keys, fingerprint):
		err = refuse(NoSuchKey, Clean(fingerprint))
	case len(keys) == 1:
		err = refuse(LastKey)
	case !sure:
		err = refuse(KeyRemoveAsk, fingerprint, fingerprint)
	}
	if err != nil {
		h.mu.Unlock()
		return nil, err
	}
	h.bequeathLocked(fingerprint, keys)
	h.disownLocked(fingerprint)
	for other := range h.users {
		if other.visitor.Key == fingerprint && !(other == u && u.visiting) {
			other.leaveLocked(Revoked, GoneRevoked)
		}
	}
	inFile := h.hasKeyLocked(h.personLocked(fingerprint), h.Operator) || h.hasKeyLocked(h.personLocked(fingerprint), h.Allowed)
	h.mu.Unlock()
	u.house.wakeForMove()
	if inFile {
		return notice(KeyInFile, fingerprint), nil
	}
	return notice(KeyRemoved, fingerprint), nil
}

// bequeathLocked has another of a person's keys remember what one was that goes.
func (h *House) bequeathLocked(fingerprint string, keys []string) {
	k := h.keys[fingerprint]
	if k == nil || len(k.Was) == 0 {
		return
	}
	heir := keys[slices.IndexFunc(keys, func(other string) bool { return other != fingerprint })]
	remembers := &linkedKey{Person: k.Person, Since: k.Since, Was: k.Was}
	if old := h.keys[heir]; old != nil {
		remembers.Since = old.Since
		remembers.Was = append(slices.Clone(old.Was), k.Was...)
		remembers.Was = remembers.Was[:min(len(remembers.Was), mostKeys)]
	}
	h.linkLocked(heir, remembers)
	h.writeLocked(tableKeys, heir, remembers)
}

// disownLocked makes a key a stranger's: somebody whom nobody has been before.
func (h *House) disownLocked(fingerprint string) {
	now := time.Now()
	k := &linkedKey{Person: fingerprint + "~" + strconv.FormatInt(now.UnixNano(), 36), Since: now}
	h.linkLocked(fingerprint, k)
	h.writeLocked(tableKeys, fingerprint, k)
}
