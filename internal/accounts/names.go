package accounts

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/records"
)

// A NamesConfig holds the functions through which [Names] asks and tells others. All must be set,
// and none may wait.
type NamesConfig struct {
	// IsExpired reports whether a name is free because its owner has been away for too long.
	IsExpired func(*OwnedName) bool
	// SameAs returns the IDs by which a person is and was known; see [Keys.IDs].
	SameAs func(person ids.Account) []ids.Account
	// NextFree returns a free name similar to the given one.
	NextFree func(name string) string
	// OnLost is called when an owner loses a name without having given it up. It must tell the
	// owner now, or call [Names.NoteLost].
	OnLost func(*OwnedName)
	// OnApply is called after another node has changed who owns a name.
	OnApply func(id names.Identity, owner ids.Account)
}

// Names knows who owns each name, and everything that looks like it. Create one with [NewNames].
type Names struct {
	config     NamesConfig
	table      records.Table[ids.NameKey, OwnedName] // only for storing, since the maps hold the names in memory
	bySkeleton map[string]*OwnedName                 // by what the name looks like
	byPerson   map[ids.Account][]*OwnedName
	count      int
	loading    []loadedName // collected until all records are loaded
	notices    records.Table[ids.Account, NameNotice]
}

// NewNames returns Names without any owners.
func NewNames(c NamesConfig) *Names {
	n := &Names{config: c, bySkeleton: map[string]*OwnedName{}, byPerson: map[ids.Account][]*OwnedName{}}
	n.table = records.Table[ids.NameKey, OwnedName]{
		Name: "names", Partition: records.Authority, OpaqueKeys: true, Sanitize: (*OwnedName).sanitize,
		Load:        func(key ids.NameKey, o *OwnedName) { n.loading = append(n.loading, loadedName{key, o}) },
		Loaded:      n.loaded,
		Apply:       func(_ ids.NameKey, o *OwnedName) { n.apply(o) },
		ApplyDelete: n.applyRelease,
		Merge:       n.move,
		Owned:       func(person ids.Account) iter.Seq2[ids.NameKey, *OwnedName] { return n.records(person) },
		Stored:      func() iter.Seq2[ids.NameKey, *OwnedName] { return n.records(slices.Collect(maps.Keys(n.byPerson))...) },
	}
	n.notices = noticeTable()
	n.notices.Merge, n.notices.Owned = n.notices.Move, records.OwnedByKey(&n.notices)
	return n
}

// Register registers the tables.
func (n *Names) Register(r *records.Registry) { r.Register(&n.table, &n.notices) }

// records returns the names of the given people, by key.
func (n *Names) records(people ...ids.Account) iter.Seq2[ids.NameKey, *OwnedName] {
	return func(yield func(ids.NameKey, *OwnedName) bool) {
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

// Of returns the names that a person owns. The caller must not change them.
func (n *Names) Of(person ids.Account) []*OwnedName { return n.byPerson[person] }

// All returns all owned names. The caller must not change them.
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

// Sorted returns the names of the given people, in order.
func (n *Names) Sorted(people ...ids.Account) (sorted []*OwnedName) {
	for _, person := range people {
		sorted = append(sorted, n.byPerson[person]...)
	}
	slices.SortFunc(sorted, func(a, b *OwnedName) int { return cmp.Compare(a.identity.Key, b.identity.Key) })
	return sorted
}

// Join returns the names of the given people, separated by commas.
func (n *Names) Join(people ...ids.Account) string {
	var list []string
	for _, o := range n.Sorted(people...) {
		list = append(list, o.Name)
	}
	return strings.Join(list, ", ")
}

// Owners returns the owners of a name and of names that look like it: own belongs to the person,
// other to somebody else. Either may be nil; both can be set, because a name can look like two
// names that do not look like each other. If the other name has expired, Owners frees it.
func (n *Names) Owners(id names.Identity, person ids.Account) (own, other *OwnedName) {
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

// Owns reports whether a person owns a name, or one that looks like it.
func (n *Names) Owns(person ids.Account, id names.Identity) bool {
	own, other := n.Owners(id, person)
	return own != nil && other == nil
}

// OwnedAt reports whether a person owned a name before a given time.
func (n *Names) OwnedAt(person ids.Account, t time.Time) bool {
	return slices.ContainsFunc(n.byPerson[person], func(o *OwnedName) bool { return o.Since.Before(t) })
}

// Find returns a name as it is owned, or nil. It ignores names that look alike, which may belong to
// somebody else.
func (n *Names) Find(name string) *OwnedName {
	if id, err := names.Check(name); err == nil {
		if _, o := n.Owners(id, ""); o != nil && o.covers(id.Key) {
			return o
		}
	}
	return nil
}

// stored returns the owned name with a key, or nil.
func (n *Names) stored(key ids.NameKey) *OwnedName {
	id, err := names.Check(string(key))
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

// Claim makes a person the owner of a name that nobody owns.
func (n *Names) Claim(name string, person ids.Account) {
	now := time.Now()
	o := &OwnedName{Name: name, Person: person, Since: now, LastUsed: now}
	n.add(o)
	n.Write(o)
}

// Use notes that the owner of a name uses it, with the given spelling.
func (n *Names) Use(o *OwnedName, spelled string, id names.Identity) {
	o.LastUsed = time.Now()
	if len(o.Spellings) < MaxSpellings && n.cover(o, id) {
		o.Spellings = append(o.Spellings, spelled)
	}
	n.Write(o)
}

// Touch notes that the owner of a name has used it until now.
func (n *Names) Touch(o *OwnedName) {
	o.LastUsed = time.Now()
	n.Write(o)
}

// Write stores a changed name.
func (n *Names) Write(o *OwnedName) { n.table.Write(o.identity.Key, o) }

// Release frees a name.
func (n *Names) Release(o *OwnedName) {
	n.remove(o)
	n.table.WriteDelete(o.identity.Key)
}

// Revoke frees a name that its owner has not given up.
func (n *Names) Revoke(o *OwnedName) {
	n.Release(o)
	n.config.OnLost(o)
}

// Sweep frees expired names, up to most of them.
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

// NoteAttempt notes that somebody asked for a name that belongs to another. It returns true if the
// owner is online, as isHere says, and must be told now.
func (n *Names) NoteAttempt(o *OwnedName, isHere bool) (tell bool) {
	o.Attempts++
	if now := time.Now(); isHere && now.Sub(o.toldAt) >= AttemptNoticeInterval {
		o.toldAt, o.Attempts = now, 0
		return true
	}
	n.Write(o)
	return false
}

// TakeAttempts returns, once, how often others asked for each of a person's names.
func (n *Names) TakeAttempts(person ids.Account) iter.Seq2[string, int] {
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

// add enters a name. It drops one that the rules no longer allow.
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

// coverSpellings claims the looks of a name's other spellings for its owner, as far as nobody else
// owns them.
func (n *Names) coverSpellings(o *OwnedName) {
	for _, name := range o.Spellings {
		if id, err := names.Check(name); err == nil {
			n.cover(o, id)
		}
	}
}

// cover claims what a name looks like for an owner, as far as nobody else owns it. It reports
// whether it claimed anything.
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

// remove removes a name from memory. Its looks may pass to another name of the same person: two
// nodes may have given the person names that look alike.
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
func (n *Names) move(from, to ids.Account) {
	for _, o := range slices.Clone(n.byPerson[from]) {
		n.remove(o)
		moved := &OwnedName{Name: o.Name, Person: to, Since: o.Since, LastUsed: o.LastUsed, Attempts: o.Attempts, Spellings: o.Spellings, toldAt: o.toldAt}
		n.add(moved)
		n.Write(moved)
	}
}
