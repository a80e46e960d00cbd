package room

import (
	"maps"
	"slices"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// tellNameLostLocked tells the owner of a name that they have lost it: now or, if they are not at a
// terminal, the next time they are. A local user of the name learns of it together with their new
// name; a user at another node learns it from that node.
func (h *Hub) tellNameLostLocked(o *accounts.OwnedName) {
	u := h.online.byPerson[o.Person]
	switch {
	case u == nil || u.terminal == nil:
		h.names.NoteLost(o)
	case u.terminal.peer == nil && !u.identity.LooksLike(o.Identity()):
		u.terminal.post(NewNotice(reply.NameNoLongerYours, o.Name))
	}
}

// takeNameNoticesLocked returns, once, what a person must be told about names that they have lost
// and not got back.
func (h *Hub) takeNameNoticesLocked(person string) (told []reply.Sentence) {
	notice := h.names.TakeNotice(person)
	if notice == nil {
		return nil
	}
	for _, name := range notice.LostNames {
		told = append(told, reply.Say(reply.NameNoLongerYours, text.Clean(name)))
	}
	for _, name := range slices.Sorted(maps.Keys(notice.Repaired)) {
		told = append(told, reply.Say(reply.NameRepaired, text.Clean(name), notice.Repaired[name]))
	}
	return told
}

// takeNameAttemptsLocked returns, once, what a person must be told about attempts to use their
// names.
func (h *Hub) takeNameAttemptsLocked(person string) (told []reply.Sentence) {
	for name, attempts := range h.names.TakeAttempts(person) {
		told = append(told, reply.Say(reply.NameTriedOften, name, attempts))
	}
	return told
}
