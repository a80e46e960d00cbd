package room

import (
	"cmp"
	"slices"
)

// A writtenClaim is a claim as the book has it, by the key of its row.
type writtenClaim struct {
	key string
	*claim
}

// enterClaimsLocked enters the claims of the book, once all of them are read: the order of
// rows is that in which they were written last, and says nothing of whose a name is. Names
// that have come to look alike, as rules of looks change, are the older claim's, as where
// two houses gave them; who loses one is told. What other spellings cover comes after that,
// and takes no name away.
func (h *House) enterClaimsLocked() {
	rows := h.unentered
	h.unentered = nil
	slices.SortFunc(rows, func(a, b writtenClaim) int { return cmp.Or(a.compare(b.claim), cmp.Compare(a.key, b.key)) })
	var entered []*claim
	var misnamed []writtenClaim
	for _, r := range rows {
		id, err := checkName(r.Name)
		if err != nil {
			misnamed = append(misnamed, r)
			continue
		}
		if _, other := h.claimedLocked(id, r.Person); other != nil {
			h.writeLocked(tableNames, r.key, nil)
			h.noteLostLocked(r.claim)
			continue
		}
		h.enterClaimLocked(r.claim, id)
		entered = append(entered, r.claim)
	}
	for _, c := range entered {
		h.coverAlsoLocked(c)
	}
	h.mendClaimsLocked(misnamed)
}
