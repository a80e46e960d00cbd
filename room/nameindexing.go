package room

import (
	"cmp"
	"slices"

	"teahouse/internal/names"
)

// An ownershipRecord is a claim as the book has it, by the key of its row.
type ownershipRecord struct {
	key string
	*nameOwnership
}

// indexOwnershipsLocked enters the claims of the book, once all of them are read: the order of
// rows is that in which they were written last, and says nothing of whose a name is. Names
// that have come to look alike, as rules of looks change, are the older claim's, as where
// two houses gave them; who loses one is told. What other spellings cover comes after that,
// and takes no name away.
func (h *Hub) indexOwnershipsLocked() {
	rows := h.unindexed
	h.unindexed = nil
	slices.SortFunc(rows, func(a, b ownershipRecord) int { return cmp.Or(a.compare(b.nameOwnership), cmp.Compare(a.key, b.key)) })
	var entered []*nameOwnership
	var misnamed []ownershipRecord
	for _, r := range rows {
		id, err := names.Check(r.Name)
		if err != nil {
			misnamed = append(misnamed, r)
			continue
		}
		if _, other := h.nameOwnersLocked(id, r.Person); other != nil {
			h.names.WriteDelete(r.key)
			h.noteNameLostLocked(r.nameOwnership)
			continue
		}
		h.indexOwnershipLocked(r.nameOwnership, id)
		entered = append(entered, r.nameOwnership)
	}
	for _, o := range entered {
		h.coverSpellingsLocked(o)
	}
	h.repairOwnershipsLocked(misnamed)
}
