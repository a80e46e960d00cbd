package accounts

import (
	"cmp"
	"slices"

	"teahouse/internal/names"
)

// A loadedName is a name as the store has it, by the key of its record.
type loadedName struct {
	key string
	*OwnedName
}

// loaded enters the names of the store once all of them are read: the order of records is that
// in which they were written last, and says nothing of who owns a name. Names that have come to look
// alike, as the rules of looks change, are the older owner's; who loses one is told. What other
// spellings look like comes after that, and takes no name away.
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

// repair lets those keep a name who owned one that is none any more by the rules of now, and notes
// that they are to be told. The older owner has the first choice.
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

// apply takes who owns a name by what another node wrote. If that contradicts what is known here, the
// older owner counts, and is written again if it was overwritten.
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
		same := slices.Contains(n.config.SameAs(o.Person), other.Person) // whoever it was owns the name now
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

// reject drops what another node wrote and an older owner contradicts.
func (n *Names) reject(o, older *OwnedName) {
	if older.identity.Key == o.identity.Key {
		n.Write(older)
	} else {
		n.table.WriteDelete(o.identity.Key)
	}
	n.config.OnLost(o)
	n.config.OnApply(o.identity, older.Person)
}

// applyRelease takes that another node has made the name of a key free.
func (n *Names) applyRelease(key string) {
	if o := n.stored(key); o != nil {
		n.remove(o)
	}
}
