package journal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"teahouse/room"
)

const (
	// mostPeople is how many are known; then those go who came on one day only, and then the
	// others, who were not seen for the longest time first: whoever comes with many keys has
	// nobody forgotten who comes again and again.
	mostPeople = 50_000

	// onceTime is within what time one came who came once.
	onceTime = 24 * time.Hour

	// peopleTime is how long it may take to store who has come and gone.
	peopleTime = 2 * time.Second

	// peopleRetry is how long to wait before that is tried again.
	peopleRetry = time.Second
)

// people mirrors in memory who is known, by key and by name. It is what Person
// and Find look at; the engine is told of changes afterwards. It reads the room
// when it is asked, so it knows of everybody who has come.
type people struct {
	node string // of this process

	mu      sync.Mutex
	from    *room.Follower // of the lobby, where everybody is; nil before Follow
	byKey   map[string]*person
	byName  map[string][]*person // by room.NameKey; the latest user of a name is the last
	storing bool                 // the engine is being told of some
	dirty   map[string]bool      // keys that the engine has yet to be told of
	last    time.Time            // when something happened last
}

// A person is one who came with a key. It is stored as JSON.
type person struct {
	Name  string    `json:"name"`
	First time.Time `json:"first,omitzero"` // as in room.Person; older versions did not note it
	Seen  time.Time `json:"seen,omitzero"`  // as in room.Person
	In    bool      `json:"in,omitempty"`
	Node  string    `json:"node,omitempty"` // which knows when it leaves, where In

	key      string
	sessions int
}

func newPeople(node string) *people {
	return &people{node: node, byKey: map[string]*person{}, byName: map[string][]*person{}, dirty: map[string]bool{}}
}

// Person returns who was here with a key.
func (j *Journal) Person(key string) (room.Person, bool) {
	p := j.people
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	return p.byKey[key].person()
}

// Find returns who was last here with a key and under a name.
func (j *Journal) Find(nameKey string) (room.Person, bool) {
	p := j.people
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	users := p.byName[nameKey]
	if len(users) == 0 {
		return room.Person{}, false
	}
	return users[len(users)-1].person()
}

func (x *person) person() (room.Person, bool) {
	if x == nil {
		return room.Person{}, false
	}
	return room.Person{Key: x.key, Name: x.Name, First: x.first(), Seen: x.Seen}, true
}

// first returns when x was here first: where that was not noted, no later than it was last.
func (x *person) first() time.Time {
	if x.First.IsZero() {
		return x.Seen
	}
	return x.First
}

// cameOnce reports whether x was here on one day only.
func (x *person) cameOnce() bool { return x.Seen.Sub(x.first()) < onceTime }

// follow has the mirror learn from a follower who comes and goes.
func (p *people) follow(from *room.Follower) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.from = from
}

// catchUp learns of what has happened since the last time. It must be called
// now and then, before that falls off the ring.
func (p *people) catchUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
}

func (p *people) catchUpLocked() {
	if p.from == nil {
		return
	}
	var buf [64]*room.Event
	for p.from.Behind() > 0 {
		for _, e := range p.from.Take(buf[:0]) {
			p.noteLocked(e)
		}
	}
	p.limitLocked()
}

// noteLocked learns from an event.
func (p *people) noteLocked(e *room.Event) {
	if e.Kind == room.Missed || e.Who == nil {
		return
	}
	p.last = e.Time
	if e.Who.Key != "" {
		p.noteKeyLocked(e)
	}
}

// noteKeyLocked learns from an event of who has a key. The engine is told by the
// node where it happened.
func (p *people) noteKeyLocked(e *room.Event) {
	key := e.Who.Key
	x := p.byKey[key]
	switch e.Kind {
	case room.Joined:
		if x == nil {
			x = &person{key: key, First: e.Time.UTC()}
			p.byKey[key] = x
		}
		x.First = x.first()
		x.sessions++
		x.In, x.Node = true, p.nodeOf(e)
		p.nameLocked(x, e.Who.Name)
	case room.Renamed:
		if x == nil {
			return
		}
		p.nameLocked(x, e.Who.Name)
	case room.Left:
		if x == nil || x.sessions == 0 {
			return
		}
		if x.sessions--; x.sessions > 0 {
			return
		}
		x.Seen, x.In, x.Node = e.Time, false, ""
		if e.Reason == room.Lost { // for so long nobody knew
			x.Seen = e.Time.Add(-room.LostTime)
		}
	default:
		return
	}
	if e.From == "" {
		p.dirty[key] = true
	}
}

// nodeOf returns the node where an event happened.
func (p *people) nodeOf(e *room.Event) string {
	if e.From == "" {
		return p.node
	}
	return e.From
}

// nameLocked makes x the latest user of a name.
func (p *people) nameLocked(x *person, name string) {
	p.unnameLocked(x)
	x.Name = name
	key := room.NameKey(name)
	p.byName[key] = append(p.byName[key], x)
}

func (p *people) unnameLocked(x *person) {
	key := room.NameKey(x.Name)
	users := slices.DeleteFunc(p.byName[key], func(y *person) bool { return y == x })
	if p.byName[key] = users; len(users) == 0 {
		delete(p.byName, key)
	}
}

// limitLocked drops those of whom least is lost: some more than are too many, because
// looking for them takes time.
func (p *people) limitLocked() {
	if len(p.byKey) <= mostPeople {
		return
	}
	var away []*person
	for _, x := range p.byKey {
		if !x.In {
			away = append(away, x)
		}
	}
	slices.SortFunc(away, func(a, b *person) int {
		if a.cameOnce() != b.cameOnce() {
			return map[bool]int{true: -1, false: 1}[a.cameOnce()]
		}
		return a.Seen.Compare(b.Seen)
	})
	for _, x := range away[:min(len(away), len(p.byKey)-mostPeople+mostPeople/100)] {
		p.dropLocked(x)
	}
}

func (p *people) dropLocked(x *person) {
	p.unnameLocked(x)
	delete(p.byKey, x.key)
	p.dirty[x.key] = true
}

// forget drops who wanted to be forgotten at a moment, unless it was here since.
func (p *people) forget(key string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	if x := p.byKey[key]; x != nil && !x.In && !x.Seen.After(at) {
		p.dropLocked(x)
	}
}

// forgetBefore drops who wanted to be forgotten, and was not here since: a process that was
// killed may have stored the wish, and erased the talk, but not that. Those who are at
// other nodes are theirs to drop.
func (p *people) forgetBefore(tombstones map[string]*record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, t := range tombstones {
		if x := p.byKey[key]; x != nil && !x.In && x.Node == "" && !x.Seen.After(t.Time) {
			p.dropLocked(x)
		}
	}
}

// allLeft lets everybody go who is said to be here, as of when something happened last at
// their node: those whom a process left behind when it died. Those of other nodes, which may be there, are
// not here for us yet, and theirs to tell the engine of.
func (p *people) allLeft(last func(node string) time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, x := range p.byKey {
		if !x.In {
			continue
		}
		x.In, x.sessions = false, 0
		node := cmp.Or(x.Node, p.node)
		if at := last(node); at.After(x.Seen) {
			x.Seen = at
		}
		if node == p.node {
			x.Node = ""
			p.dirty[key] = true
		}
	}
}

// loadPeople fills the mirror.
func (j *Journal) loadPeople(ctx context.Context) error {
	stored, err := peopleBucket(j.engine).read(ctx)
	if err != nil {
		return err
	}
	var known []*person
	var wrong unreadable
	for _, m := range stored.live() {
		key, err := decodeToken(m.Subject, peoplePrefix)
		x := &person{key: key}
		if err == nil {
			err = json.Unmarshal(m.Data, x)
		}
		if err != nil {
			wrong.add(err)
			continue
		}
		x.Name = room.CleanName(x.Name)
		for _, at := range []*time.Time{&x.First, &x.Seen} {
			if now := time.Now(); at.After(now) { // by a clock that was wrong
				*at = now
			}
		}
		known = append(known, x)
	}
	if wrong.count > 0 {
		j.log.Warn("journal: who is known by some keys cannot be read", wrong.fields()...)
	}
	slices.SortStableFunc(known, func(a, b *person) int {
		if a.In != b.In {
			return map[bool]int{true: 1, false: -1}[a.In]
		}
		return a.Seen.Compare(b.Seen)
	})
	p := j.people
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range known {
		if p.byKey[x.key] == nil {
			p.byKey[x.key] = x
			p.nameLocked(x, x.Name)
		}
	}
	return nil
}

// isDirty reports whether the engine is still to be told of somebody.
func (p *people) isDirty() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	return p.storing || len(p.dirty) > 0
}

// takeDirty returns what the engine has to be told: of each key the record, nil
// where there is none any more.
func (p *people) takeDirty() map[string][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	records := make(map[string][]byte, len(p.dirty))
	for key := range p.dirty {
		records[key] = nil
		if x := p.byKey[key]; x != nil {
			var data bytes.Buffer
			encodeLine(&data, x)
			records[key] = data.Bytes()
		}
	}
	clear(p.dirty)
	p.storing = len(records) > 0
	return records
}

// storePeople tells the engine of what has changed. What fails is left for the
// next time.
func (j *Journal) storePeople(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, peopleTime)
	defer cancel()
	var failed error
	var left []string
	for key, data := range j.people.takeDirty() {
		if failed == nil {
			failed = j.storePerson(ctx, key, data)
		}
		if failed != nil {
			left = append(left, key)
		}
	}
	j.people.stored(left)
	return failed
}

// stored says that the engine was told of all that takeDirty returned but for
// some.
func (p *people) stored(left []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.storing = false
	for _, key := range left {
		p.dirty[key] = true
	}
}

func (j *Journal) storePerson(ctx context.Context, key string, data []byte) error {
	_, err := j.engine.publish(ctx, peopleSubject(key), "", data) // without data it is a marker
	return err
}

// closePeople stores that nobody is here any more, as far as that is not known:
// when the house closes the room is not told of each one who leaves.
func (j *Journal) closePeople(ctx context.Context) error {
	if last := j.people.lastSeen(); !last.IsZero() {
		j.people.allLeft(func(string) time.Time { return last })
	}
	if !j.people.isDirty() {
		return nil
	}
	return errors.Join(ctx.Err(), j.storePeople(ctx))
}

// lastSeen returns when something happened last in this process, zero where
// nothing did.
func (p *people) lastSeen() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked()
	return p.last
}
