package room

import "teahouse/internal/names"

// repairUserInfo is mended for who an event is of.
func repairUserInfo(who *UserInfo) *UserInfo {
	if who == nil || names.Repaired(who.Name) == who.Name {
		return who
	}
	shown := *who
	shown.Name, shown.Verified, shown.folded = names.Repaired(who.Name), false, nil
	return &shown
}

// repairOwnershipsLocked has those keep a name who owned one that is none any more, and notes
// that they are to be told. The older claim has the first choice.
func (h *Hub) repairOwnershipsLocked(misnamed []ownershipRecord) {
	for _, r := range misnamed {
		name, id, _ := names.Repair(r.Name)
		if own, other := h.nameOwnersLocked(id, r.Person); own == nil {
			if other != nil || name == names.Fallback {
				name, _ = h.nextNameLocked(name)
			}
			o := &nameOwnership{Name: name, Person: r.Person, Since: r.Since, LastUsed: r.LastUsed, Attempts: r.Attempts}
			h.addOwnershipLocked(o)
			h.names.Write(o.identity.Key, o)
		}
		h.names.WriteDelete(r.key)
		h.addNameNoticeLocked(r.Person, func(l *nameNotice) { l.Repaired[r.Name] = name })
	}
}
