package accounts

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/records"
)

// A NamesConfig says what [Names] have to ask and tell others. All functions must be set. They must not
// wait.
type NamesConfig struct {
	// IsExpired reports whether a name is free because its owner was away for too long.
	IsExpired func(*OwnedName) bool
	// SameAs returns what a person is known by, and was before; see [Keys.IDs].
	SameAs func(person string) []string
	// NextFree returns a free name that is like one.
	NextFree func(name string) string
	// OnLost is called with a name that its owner has not given up, and lost: the owner is to be
	// told now, or by [Names.NoteLost].
	OnLost func(*OwnedName)
	// OnApply is called once another node has told who owns a name.
	OnApply func(id names.Identity, owner string)
}

// Names says who owns which name, and what looks like it. Make one by [NewNames].
type Names struct {
	config     NamesConfig
	table      records.Table[OwnedName] // by the key of the name; what is in memory is in the maps
	bySkeleton map[string]*OwnedName    // by what the name looks like
	byPerson   map[string][]*OwnedName
	count      int
	loading    []loadedName // until all records are loaded
	notices    records.Table[NameNotice]
}

// NewNames returns Names that nobody owns.
func NewNames(c NamesConfig) *Names {
	n := &Names{config: c, bySkeleton: map[string]*OwnedName{}, byPerson: map[string][]*OwnedName{}}
	n.table = records.Table[OwnedName]{
		Name: "names", Partition: records.Authority, OpaqueKeys: true, Sanitize: (*OwnedName).sanitize,
		Load:        func(key string, o *OwnedName) { n.loading = append(n.loading, loadedName{key, o}) },
		Loaded:      n.loaded,
		Apply:       func(_ string, o *OwnedName) { n.apply(o) },
		ApplyDelete: n.applyRelease,
		Merge:       n.move,
		Owned:       func(person string) iter.Seq2[string, *OwnedName] { return n.records(person) },
		Stored:      func() iter.Seq2[string, *OwnedName] { return n.records(slices.Collect(maps.Keys(n.byPerson))...) },
	}
	n.notices = noticeTable()
	n.notices.Merge, n.notices.Owned = n.notices.Move, n.notices.OwnedByKey
	return n
}

// Register registers the tables.
func (n *Names) Register(r *records.Registry) { r.Register(&n.table, &n.notices) }

// records returns the names of some people, by key.
func (n *Names) records(people ...string) iter.Seq2[string, *OwnedName] {
	return func(yield func(string, *OwnedName) bool) {
		for _, person := range people {
			for _, o := range n.byPerson[person] {
				if !yield(o.identity.Key, o) {
					return
				}
			}
		}
	}
}

// Len returns how many names are owned.
func (n *Names) Len() int { return n.count }

// Of returns the names that a person owns. They must not be changed.
func (n *Names) Of(person string) []*OwnedName { return n.byPerson[person] }

// All returns all names that are owned. They must not be changed.
func (n *Names) All() iter.Seq[*OwnedName] {
	return func(yield func(*OwnedName) bool) {
		for _, owned := range n.byPerson {
			for _, o := range owned {
				if !yield(o) {
					return
				}
			}
		}
	}
}

// Sorted returns the names of some people, in order.
func (n *Names) Sorted(people ...string) (sorted []*OwnedName) {
	for _, person := range people {
		sorted = append(sorted, n.byPerson[person]...)
	}
	slices.SortFunc(sorted, func(a, b *OwnedName) int { return cmp.Compare(a.identity.Key, b.identity.Key) })
	return sorted
}

// Join returns the names of some people as a list with commas.
func (n *Names) Join(people ...string) string {
	var list []string
	for _, o := range n.Sorted(people...) {
		list = append(list, o.Name)
	}
	return strings.Join(list, ", ")
}

// Owners returns who owns a name, or names that look like it: the person itself, and
// somebody else. Either may be nil: a name can look like two that do not look like each
// other. Another's name that has expired is free from now on.
func (n *Names) Owners(id names.Identity, person string) (own, other *OwnedName) {
	for _, look := range id.Skeletons {
		o := n.bySkeleton[look]
		switch {
		case o == nil:
		case o.Person == person:
			own = cmp.Or(own, o)
		case n.config.IsExpired(o):
			n.Revoke(o)
		default:
			other = cmp.Or(other, o)
		}
	}
	return own, other
}

// Owns reports whether a name, or one that looks like it, is a person's.
func (n *Names) Owns(person string, id names.Identity) bool {
	own, other := n.Owners(id, person)
	return own != nil && other == nil
}

// OwnedAt reports whether a person owned a name before a moment.
func (n *Names) OwnedAt(person string, t time.Time) bool {
	return slices.ContainsFunc(n.byPerson[person], func(o *OwnedName) bool { return o.Since.Before(t) })
}

// Find returns who owns a name, or nil. It must be that name: one that looks like it may be
// somebody else's.
func (n *Names) Find(name string) *OwnedName {
	if id, err := names.Check(name); err == nil {
		if _, o := n.Owners(id, ""); o != nil && o.covers(id.Key) {
			return o
		}
	}
	return nil
}

// stored returns the name that is stored under a key, or nil.
func (n *Names) stored(key string) *OwnedName {
	id, err := names.Check(key)
	if err != nil {
		return nil
	}
	for _, look := range id.Skeletons {
		if o := n.bySkeleton[look]; o != nil && o.identity.Key == key {
			return o
		}
	}
	return nil
}

// Claim makes a name that is nobody's a person's.
func (n *Names) Claim(name, person string) {
	now := time.Now()
	o := &OwnedName{Name: name, Person: person, Since: now, LastUsed: now}
	n.add(o)
	n.Write(o)
}

// Use notes that the owner of a name is here under it, as spelled.
func (n *Names) Use(o *OwnedName, spelled string, id names.Identity) {
	o.LastUsed = time.Now()
	if len(o.Spellings) < MaxSpellings && n.cover(o, id) {
		o.Spellings = append(o.Spellings, spelled)
	}
	n.Write(o)
}

// Touch notes that the owner of a name was here under it until now.
func (n *Names) Touch(o *OwnedName) {
	o.LastUsed = time.Now()
	n.Write(o)
}

// Write stores what has changed of a name.
func (n *Names) Write(o *OwnedName) { n.table.Write(o.identity.Key, o) }

// Release makes a name free.
func (n *Names) Release(o *OwnedName) {
	n.remove(o)
	n.table.WriteDelete(o.identity.Key)
}

// Revoke makes a name free that its owner has not given up.
func (n *Names) Revoke(o *OwnedName) {
	n.Release(o)
	n.config.OnLost(o)
}

// Sweep makes names free that have expired, so many at most.
func (n *Names) Sweep(most int) {
	var expired []*OwnedName
	for o := range n.All() {
		if len(expired) < most && n.config.IsExpired(o) {
			expired = append(expired, o)
		}
	}
	for _, o := range expired {
		n.Revoke(o)
	}
}

// NoteAttempt notes that somebody asked for another's name. It returns true if the owner, who
// is here or not, is to be told now.
func (n *Names) NoteAttempt(o *OwnedName, isHere bool) (tell bool) {
	o.Attempts++
	if now := time.Now(); isHere && now.Sub(o.toldAt) >= AttemptNoticeInterval {
		o.toldAt, o.Attempts = now, 0
		return true
	}
	n.Write(o)
	return false
}

// TakeAttempts returns, once, how often others asked for each name of a person.
func (n *Names) TakeAttempts(person string) iter.Seq2[string, int] {
	return func(yield func(name string, attempts int) bool) {
		for _, o := range n.byPerson[person] {
			attempts := o.Attempts
			if attempts == 0 {
				continue
			}
			o.Attempts, o.toldAt = 0, time.Now()
			n.Write(o)
			if !yield(o.Name, attempts) {
				return
			}
		}
	}
}

// add enters a name. One that is no name any more is dropped.
func (n *Names) add(o *OwnedName) {
	if id, err := names.Check(o.Name); err == nil {
		n.enter(o, id)
		n.coverSpellings(o)
	}
}

// enter enters a name without its other spellings.
func (n *Names) enter(o *OwnedName, id names.Identity) {
	o.identity = id
	n.cover(o, id)
	n.byPerson[o.Person] = append(n.byPerson[o.Person], o)
	n.count++
}

// coverSpellings makes what a name's other spellings look like its owner's, unless it is somebody else's.
func (n *Names) coverSpellings(o *OwnedName) {
	for _, name := range o.Spellings {
		if id, err := names.Check(name); err == nil {
			n.cover(o, id)
		}
	}
}

// cover makes what a name looks like an owner's, unless it is somebody else's. It reports whether
// anything was.
func (n *Names) cover(o *OwnedName, id names.Identity) (more bool) {
	for _, look := range id.Skeletons {
		if n.bySkeleton[look] == nil {
			n.bySkeleton[look] = o
			o.skeletons = append(o.skeletons, look)
			more = true
		}
	}
	return more
}

// remove takes a name out of memory. What it looked like may belong to another of the same person: two
// nodes may have given it names that look alike.
func (n *Names) remove(o *OwnedName) {
	for _, look := range o.Looks() {
		delete(n.bySkeleton, look)
	}
	left := slices.DeleteFunc(n.byPerson[o.Person], func(other *OwnedName) bool { return other == o })
	if n.byPerson[o.Person] = left; len(left) == 0 {
		delete(n.byPerson, o.Person)
	}
	for _, other := range left {
		n.cover(other, other.identity)
		n.coverSpellings(other)
	}
	n.count--
}

// move gives one person's names to another.
func (n *Names) move(from, to string) {
	for _, o := range slices.Clone(n.byPerson[from]) {
		n.remove(o)
		moved := &OwnedName{Name: o.Name, Person: to, Since: o.Since, LastUsed: o.LastUsed, Attempts: o.Attempts, Spellings: o.Spellings, toldAt: o.toldAt}
		n.add(moved)
		n.Write(moved)
	}
}
