package accounts

import (
	"cmp"
	"slices"

	"teahouse/internal/ids"
	"teahouse/internal/names"
)

// A loadedName is a name from the store, with the key of its record.
type loadedName struct {
	key ids.NameKey
	*OwnedName
}

// loaded enters the names from the store after all of them have been read: records come in the
// order in which they were last written, which says nothing about who owns a name. If changed rules
// make two names look alike, the older owner keeps theirs, and the other one is told. The looks of
// other spellings are claimed last, and take no name away.
func (n *Names) loaded() {
	all := n.loading
	n.loading = nil
	slices.SortFunc(all, func(a, b loadedName) int { return cmp.Or(a.compare(b.OwnedName), cmp.Compare(a.key, b.key)) })
	var entered []*OwnedName
	var unfit []loadedName
	for _, o := range all {
		id, err := names.Check(o.Name)
		if err != nil {
			unfit = append(unfit, o)
			continue
		}
		if _, other := n.Owners(id, o.Person); other != nil {
			n.table.WriteDelete(o.key)
			n.NoteLost(o.OwnedName)
			continue
		}
		n.enter(o.OwnedName, id)
		entered = append(entered, o.OwnedName)
	}
	for _, o := range entered {
		n.coverSpellings(o)
	}
	n.repair(unfit)
}

// repair gives valid names to the owners of names that the rules no longer allow, and notes that
// they must be told. The older owner chooses first.
func (n *Names) repair(unfit []loadedName) {
	for _, old := range unfit {
		name, id, _ := names.Repair(old.Name)
		if own, other := n.Owners(id, old.Person); own == nil {
			if other != nil || name == names.Fallback {
				name = n.config.NextFree(name)
			}
			o := &OwnedName{Name: name, Person: old.Person, Since: old.Since, LastUsed: old.LastUsed, Attempts: old.Attempts}
			n.add(o)
			n.Write(o)
		}
		n.table.WriteDelete(old.key)
		n.addNotice(old.Person, func(notice *NameNotice) { notice.Repaired[old.Name] = name })
	}
}

// apply applies who owns a name according to another node. If that contradicts what is known here,
// the older owner wins, and is written again if the other node has overwritten it.
func (n *Names) apply(o *OwnedName) {
	id, err := names.Check(o.Name)
	if err != nil {
		return
	}
	o.identity = id
	if same := n.stored(id.Key); same != nil && same.Person == o.Person {
		o.toldAt = same.toldAt
		n.remove(same)
	}
	for _, other := n.Owners(id, o.Person); other != nil; _, other = n.Owners(id, o.Person) {
		same := slices.Contains(n.config.SameAs(o.Person), other.Person) // the owner may be the same person under a former ID
		if !same && other.compare(o) < 0 {
			n.reject(o, other)
			return
		}
		if !same {
			n.config.OnLost(other)
		}
		if n.remove(other); other.identity.Key != id.Key {
			n.table.WriteDelete(other.identity.Key)
		}
	}
	n.add(o)
	n.config.OnApply(id, o.Person)
}

// reject drops a claim of another node that an older owner contradicts.
func (n *Names) reject(o, older *OwnedName) {
	if older.identity.Key == o.identity.Key {
		n.Write(older)
	} else {
		n.table.WriteDelete(o.identity.Key)
	}
	n.config.OnLost(o)
	n.config.OnApply(o.identity, older.Person)
}

// applyRelease frees a name that another node has freed.
func (n *Names) applyRelease(key ids.NameKey) {
	if o := n.stored(key); o != nil {
		n.remove(o)
	}
}
