package room

import (
	"maps"
	"slices"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// maxNameNotices is of how many people it is written down which names they have lost, and
// maxLostNames how many names of each, the last ones.
const (
	maxNameNotices = 10_000
	maxLostNames   = maxNames
)

// nameNotice is what somebody is to be told who comes again: names that are its own no more, or
// are others now.
type nameNotice struct {
	LostNames []string          `json:"names,omitempty"`
	Repaired  map[string]string `json:"mended,omitempty"` // what names have become that were none any more, see namerepair.go
	Since     time.Time         `json:"since"`            // of the last of them
}

// revokeNameLocked makes a name free that its owner has not given up, and tells the owner.
func (h *Hub) revokeNameLocked(o *nameOwnership) {
	h.releaseNameLocked(o)
	h.tellNameLostLocked(o)
}

// tellNameLostLocked tells the owner of a name that is its own no more: now or, where it is
// not at a terminal, when it comes to one. Who is called so now hears it otherwise, when
// it gets another name; and who is at home in another house, from that one.
func (h *Hub) tellNameLostLocked(o *nameOwnership) {
	u := h.online.byPerson[o.Person]
	switch {
	case u == nil || u.terminal == nil:
		h.noteNameLostLocked(o)
	case u.terminal.peer == nil && !u.identity.LooksLike(o.identity):
		u.terminal.post(notice(reply.NameNoLongerYours, o.Name))
	}
}

func (h *Hub) noteNameLostLocked(o *nameOwnership) {
	switch l := h.nameNotices.Get(o.Person); {
	case l != nil && slices.Contains(l.LostNames, o.Name):
		return
	case l == nil && h.nameNotices.Len() >= maxNameNotices && o.LastUsed.Sub(o.Since) < singleUseSpan:
		return // or whoever has many keys would have the others forgotten
	}
	h.addNameNoticeLocked(o.Person, func(l *nameNotice) {
		l.LostNames = append(l.LostNames, o.Name)
		l.LostNames = l.LostNames[max(0, len(l.LostNames)-maxLostNames):]
	})
}

// addNameNoticeLocked adds to what a person is to be told.
func (h *Hub) addNameNoticeLocked(person string, add func(*nameNotice)) {
	told := &nameNotice{Repaired: map[string]string{}, Since: time.Now()}
	if old := h.nameNotices.Get(person); old != nil {
		told.LostNames = slices.Clone(old.LostNames)
		maps.Copy(told.Repaired, old.Repaired)
	} else if h.nameNotices.Len() >= maxNameNotices {
		h.nameNotices.DeleteOldest(func(l *nameNotice) time.Time { return l.Since })
	}
	add(told)
	h.nameNotices.Put(person, told)
}

// takeNameNoticesLocked returns, once, what a person is to be told of names that it has lost and has
// not got again.
func (h *Hub) takeNameNoticesLocked(person string) (told []reply.Sentence) {
	l := h.nameNotices.Get(person)
	if l == nil {
		return nil
	}
	h.nameNotices.Put(person, nil)
	for _, name := range l.LostNames {
		if id, err := names.Check(name); err != nil || !h.ownsNameLocked(person, id) {
			told = append(told, reply.Say(reply.NameNoLongerYours, text.Clean(name)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.Repaired)) {
		told = append(told, reply.Say(reply.NameRepaired, text.Clean(name), l.Repaired[name]))
	}
	return told
}
