package room

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// mostKeys is how many keys a person may have.
	mostKeys = 10

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

// keysLocked returns the fingerprints of a person's keys.
func (h *House) keysLocked(person string) []string {
	var keys []string
	for fingerprint, k := range h.keys {
		if k.Person == person {
			keys = append(keys, fingerprint)
		}
	}
	if h.keys[person] == nil && !strings.Contains(person, "~") {
		keys = append(keys, person) // its first, of which nothing is written
	}
	slices.Sort(keys)
	return keys
}

// keyCommand does /key list, /key add and /key remove.
func (u *User) keyCommand(args []string) (*Event, error) {
	if u.Key == "" {
		return nil, refuse(NeedKey)
	}
	switch what := args[0]; {
	case what == "list" && len(args) == 1:
		return u.listKeys()
	case what == "add" && len(args) == 1:
		return u.offerKey()
	case what == "add":
		return u.addKey(args[1])
	case what == "remove" && len(args) == 2:
		return u.removeKey(args[1])
	}
	return nil, refuse(Usage, "/key list | add [CODE] | remove SHA256:...")
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
	if len(h.offers) >= mostOffers {
		return nil, refuse(TryLater)
	}
	if len(h.keysLocked(u.Key)) >= mostKeys {
		return nil, refuse(TooManyKeys, mostKeys)
	}
	code := newCode()
	h.offers[code] = &offer{person: u.Key, until: time.Now().Add(offerTime)}
	return notice(KeyOffer, spell(code), int(offerTime.Minutes())), nil
}

// addKey makes the key with which u came one of the keys of the person that
// offered the code. What u owned, and what waits for it, becomes that person's.
func (u *User) addKey(code string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	o := h.offers[canonical(code)]
	if o == nil || time.Now().After(o.until) {
		h.mu.Unlock()
		return nil, refuse(WrongCode)
	}
	if o.person == u.Key {
		h.mu.Unlock()
		return nil, refuse(KeyIsYours)
	}
	if len(h.keysLocked(u.Key)) > 1 { // they would be left behind
		h.mu.Unlock()
		return nil, refuse(KeyHasOthers)
	}
	delete(h.offers, canonical(code))
	k := &linkedKey{Person: o.person, Since: time.Now()}
	h.keys[u.visitor.Key] = k
	h.writeLocked(tableKeys, u.visitor.Key, k)
	for _, c := range slices.Clone(h.claimed[u.Key]) {
		h.releaseLocked(c)
		h.releaseOldLocked(o.person)
		moved := &claim{Name: c.Name, Person: o.person, Seen: c.Seen}
		h.addClaimLocked(moved)
		h.writeLocked(tableNames, moved.identity.key, moved)
	}
	h.mu.Unlock()
	if err := u.house.forward(u.Key, o.person); err != nil {
		return nil, refuse(NotNow)
	}
	return notice(KeyAdded), nil
}

// forward has the letters of one person wait for another.
func (h *House) forward(from, to string) error {
	if h.Archive == nil {
		return nil
	}
	letters, err := h.Archive.Letters(from)
	for _, e := range letters {
		whom := *e.To
		whom.Key = to
		copied := &Event{Time: e.Time, Kind: Told, Who: e.Who, To: &whom, Text: e.Text}
		if err := h.Archive.Post(copied); err != nil {
			return err
		}
		if err := h.Archive.Delivered(from, e); err != nil {
			return err
		}
	}
	return err
}

// removeKey takes a key from u's person. Whoever has it is a stranger from now
// on, here and in sessions to come.
func (u *User) removeKey(fingerprint string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	keys := h.keysLocked(u.Key)
	switch {
	case !slices.Contains(keys, fingerprint):
		h.mu.Unlock()
		return nil, refuse(NoSuchKey, Clean(fingerprint))
	case len(keys) == 1:
		h.mu.Unlock()
		return nil, refuse(LastKey)
	}
	h.disownLocked(fingerprint)
	var gone []*User
	for other := range h.users {
		if other.visitor.Key == fingerprint && other != u {
			gone = append(gone, other)
		}
	}
	h.mu.Unlock()
	for _, other := range gone {
		other.Leave(Revoked)
	}
	if u.visitor.Key == fingerprint {
		u.Leave(Revoked)
		return nil, nil
	}
	return notice(KeyRemoved, fingerprint), nil
}

// disownLocked makes a key a stranger's: somebody whom nobody has been before.
func (h *House) disownLocked(fingerprint string) {
	now := time.Now()
	k := &linkedKey{Person: fingerprint + "~" + strconv.FormatInt(now.UnixNano(), 36), Since: now}
	h.keys[fingerprint] = k
	h.writeLocked(tableKeys, fingerprint, k)
}
