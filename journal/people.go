package journal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/eventlog"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/peers"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

const (
	// oneVisitTime is the longest time between first and last seen that still counts as one
	// visit.
	oneVisitTime = 24 * time.Hour

	// peopleTimeout limits each attempt to store changes to the known people.
	peopleTimeout = 2 * time.Second

	// peopleRetryDelay is the wait before the next attempt.
	peopleRetryDelay = time.Second
)

// peopleCache is the in-memory index of known people, by key and by name. Account and
// AccountByName read it; the engine gets the changes later. It reads the room's events when it
// is asked, so it includes everybody who has joined.
type peopleCache struct {
	node string // of this process

	mu           sync.Mutex
	subscription *eventlog.Tail // of the lobby, where everybody is; nil before Start
	byKey        map[ids.Account]*person
	byName       map[ids.NameKey][]*person // by names.Key; the latest user of a name is the last
	storing      bool                      // changes are being sent to the engine
	dirty        map[ids.Account]bool      // keys with changes not yet stored
	lastEvent    time.Time                 // time of the last event
}

// A person is somebody who came with a key. It is stored as JSON.
type person struct {
	Name      string    `json:"name"`
	FirstSeen time.Time `json:"first,omitzero"` // as in room.Account; older versions did not store it
	LastSeen  time.Time `json:"seen,omitzero"`  // as in room.Account
	Online    bool      `json:"in,omitempty"`
	Node      string    `json:"node,omitempty"` // the node that knows when the person leaves, if Online

	key      ids.Account
	sessions int
}

func newPeopleCache(node string) *peopleCache {
	return &peopleCache{node: node, byKey: map[ids.Account]*person{}, byName: map[ids.NameKey][]*person{}, dirty: map[ids.Account]bool{}}
}

// Account returns the account of a key.
func (j *Journal) Account(key ids.Account) (room.Account, bool) {
	p := j.people
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	return p.byKey[key].roomPerson()
}

// AccountByName returns the account of the keyed user who had a name last.
func (j *Journal) AccountByName(nameKey ids.NameKey) (room.Account, bool) {
	p := j.people
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	users := p.byName[nameKey]
	if len(users) == 0 {
		return room.Account{}, false
	}
	return users[len(users)-1].roomPerson()
}

func (p *person) roomPerson() (room.Account, bool) {
	if p == nil {
		return room.Account{}, false
	}
	return room.Account{ID: p.key, Name: p.Name, FirstSeen: p.firstSeen(), LastSeen: p.LastSeen}, true
}

// firstSeen returns when p was first seen. If that was not stored, it is no later than LastSeen.
func (p *person) firstSeen() time.Time {
	if p.FirstSeen.IsZero() {
		return p.LastSeen
	}
	return p.FirstSeen
}

// visitedOnce reports whether p was here on one day only.
func (p *person) visitedOnce() bool { return p.LastSeen.Sub(p.firstSeen()) < oneVisitTime }

// subscribe makes the cache follow joins and leaves.
func (p *peopleCache) subscribe(from *eventlog.Tail) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscription = from
}

// catchUp applies the events since the last call. It must be called often enough that none falls
// off the ring first.
func (p *peopleCache) catchUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
}

func (p *peopleCache) catchUpLocked() {
	if p.subscription == nil {
		return
	}
	var buf [64]*room.Event
	for p.subscription.Lag() > 0 {
		events, _ := p.subscription.Take(buf[:0])
		for _, e := range events {
			p.applyLocked(e)
		}
	}
	p.evictLocked()
}

// applyLocked applies an event.
func (p *peopleCache) applyLocked(e *room.Event) {
	if e.User == nil {
		return
	}
	p.lastEvent = e.Time
	if e.User.Person != "" {
		p.applyKeyedLocked(e)
	}
}

// applyKeyedLocked applies an event of a user with a key. Only the node where it happened stores
// the change.
func (p *peopleCache) applyKeyedLocked(e *room.Event) {
	key := e.User.Person
	x := p.byKey[key]
	switch e.Kind {
	case room.Joined:
		if x == nil {
			x = &person{key: key, FirstSeen: e.Time.UTC()}
			p.byKey[key] = x
		}
		x.FirstSeen = x.firstSeen()
		x.sessions++
		x.Online, x.Node = true, p.nodeOf(e)
		p.setNameLocked(x, e.User.Name)
	case room.Renamed:
		if x == nil {
			return
		}
		p.setNameLocked(x, e.User.Name)
	case room.Left:
		if x == nil || x.sessions == 0 {
			return
		}
		if x.sessions--; x.sessions > 0 {
			return
		}
		x.LastSeen, x.Online, x.Node = e.Time, false, ""
		if e.Reason == room.PeerLost { // it was gone for that long before anybody knew
			x.LastSeen = e.Time.Add(-peers.Timeout)
		}
	default:
		return
	}
	if e.Peer == "" {
		p.dirty[key] = true
	}
}

// nodeOf returns the node where an event happened.
func (p *peopleCache) nodeOf(e *room.Event) string {
	if e.Peer == "" {
		return p.node
	}
	return e.Peer
}

// setNameLocked makes x the latest user of a name.
func (p *peopleCache) setNameLocked(x *person, name string) {
	p.clearNameLocked(x)
	x.Name = name
	key := names.Key(name)
	p.byName[key] = append(p.byName[key], x)
}

func (p *peopleCache) clearNameLocked(x *person) {
	key := names.Key(x.Name)
	users := slices.DeleteFunc(p.byName[key], func(y *person) bool { return y == x })
	if p.byName[key] = users; len(users) == 0 {
		delete(p.byName, key)
	}
}

// evictLocked drops the people who matter least. It drops more than necessary, because finding
// them takes time.
func (p *peopleCache) evictLocked() {
	if len(p.byKey) <= layout.MaxPeople {
		return
	}
	var away []*person
	for _, x := range p.byKey {
		if !x.Online {
			away = append(away, x)
		}
	}
	slices.SortFunc(away, func(a, b *person) int {
		if a.visitedOnce() != b.visitedOnce() {
			return map[bool]int{true: -1, false: 1}[a.visitedOnce()]
		}
		return a.LastSeen.Compare(b.LastSeen)
	})
	for _, x := range away[:min(len(away), len(p.byKey)-layout.MaxPeople+layout.MaxPeople/100)] {
		p.dropLocked(x)
	}
}

func (p *peopleCache) dropLocked(x *person) {
	p.clearNameLocked(x)
	delete(p.byKey, x.key)
	p.dirty[x.key] = true
}

// forget drops a person who asked to be forgotten at a given time, unless they were here since.
func (p *peopleCache) forget(key ids.Account, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	if x := p.byKey[key]; x != nil && !x.Online && !x.LastSeen.After(at) {
		p.dropLocked(x)
	}
}

// forgetAll drops the people who asked to be forgotten and were not here since: a process that
// was killed may have stored the tombstone and erased the messages, but not that. People at
// other nodes are left to those nodes.
func (p *peopleCache) forgetAll(tombstones map[ids.Account]*layout.StoredEvent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, t := range tombstones {
		if x := p.byKey[key]; x != nil && !x.Online && x.Node == "" && !x.LastSeen.After(t.Time) {
			p.dropLocked(x)
		}
	}
}

// markAllLeft marks everybody as gone who is stored as present, as of the last event at their
// node: a process that died left them behind. People of other nodes may really be there, but
// this hub does not have them yet, and their own node stores their changes.
func (p *peopleCache) markAllLeft(last func(node string) time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, x := range p.byKey {
		if !x.Online {
			continue
		}
		x.Online, x.sessions = false, 0
		node := cmp.Or(x.Node, p.node)
		if at := last(node); at.After(x.LastSeen) {
			x.LastSeen = at
		}
		if node == p.node {
			x.Node = ""
			p.dirty[key] = true
		}
	}
}

// load fills the cache from the store.
func (p *peopleCache) load(ctx context.Context, st *store.Store, logger *log.Logger) error {
	stored, err := store.PeopleBucket(st).Read(ctx)
	if err != nil {
		return fmt.Errorf("journal: cannot read the known people: %w", err)
	}
	var known []*person
	var wrong unreadableCount
	for _, m := range stored.Live() {
		x, err := decodePerson(m)
		if err != nil {
			wrong.add(err)
			continue
		}
		known = append(known, x)
	}
	if wrong.count > 0 {
		logger.Warn("journal: some known people cannot be read", wrong.fields()...)
	}
	slices.SortStableFunc(known, func(a, b *person) int {
		if a.Online != b.Online {
			return map[bool]int{true: 1, false: -1}[a.Online]
		}
		return a.LastSeen.Compare(b.LastSeen)
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range known {
		if p.byKey[x.key] == nil {
			p.byKey[x.key] = x
			p.setNameLocked(x, x.Name)
		}
	}
	return nil
}

// decodePerson returns the person in a message of the bucket.
func decodePerson(m layout.Message) (*person, error) {
	key, err := layout.DecodeToken(m.Subject, layout.PeoplePrefix)
	if err != nil {
		return nil, err
	}
	x := &person{key: ids.Account(key)}
	if err := json.Unmarshal(m.Data, x); err != nil {
		return nil, err
	}
	x.Name = names.Sanitize(x.Name)
	for _, at := range []*time.Time{&x.FirstSeen, &x.LastSeen} {
		if now := time.Now(); at.After(now) { // stored by a clock that was wrong
			*at = now
		}
	}
	return x, nil
}

// isDirty reports whether there are changes to store.
func (p *peopleCache) isDirty() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	return p.storing || len(p.dirty) > 0
}

// takeDirty returns the changes to store, by key: the encoded person, or nil if there is none
// any more.
func (p *peopleCache) takeDirty() map[ids.Account][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	records := make(map[ids.Account][]byte, len(p.dirty))
	for key := range p.dirty {
		records[key] = nil
		if x := p.byKey[key]; x != nil {
			var data bytes.Buffer
			layout.EncodeJSONLine(&data, x)
			records[key] = data.Bytes()
		}
	}
	clear(p.dirty)
	p.storing = len(records) > 0
	return records
}

// store stores the changes. It leaves those that fail for the next time.
func (p *peopleCache) store(ctx context.Context, st *store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, peopleTimeout)
	defer cancel()
	var failed error
	var left []ids.Account
	for key, data := range p.takeDirty() {
		if failed == nil {
			failed = storePerson(ctx, st, key, data)
		}
		if failed != nil {
			left = append(left, key)
		}
	}
	p.requeue(left)
	return failed
}

// requeue ends what takeDirty began: all changes are stored, except those left.
func (p *peopleCache) requeue(left []ids.Account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.storing = false
	for _, key := range left {
		p.dirty[key] = true
	}
}

func storePerson(ctx context.Context, st *store.Store, key ids.Account, data []byte) error {
	_, err := st.Publish(ctx, layout.PeopleSubject(key), "", data) // a message without data is a delete marker
	return err
}

// storeAtClose stores that nobody is here any more, where that is not stored yet: when the
// server closes, the rooms get no event for each user who leaves.
func (p *peopleCache) storeAtClose(ctx context.Context, st *store.Store) error {
	if last := p.lastSeen(); !last.IsZero() {
		p.markAllLeft(func(string) time.Time { return last })
	}
	if !p.isDirty() {
		return nil
	}
	return errors.Join(ctx.Err(), p.store(ctx, st))
}

// lastSeen returns the time of the last event in this process, or zero if there was none.
func (p *peopleCache) lastSeen() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	return p.lastEvent
}
