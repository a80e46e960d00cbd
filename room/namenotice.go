package room

import (
	"maps"
	"slices"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// tellLost tells the owner of a name that they have lost it: now or, if they are not at a
// terminal, the next time they are. A local user of the name learns of it together with their new
// name; a user at another node learns it from that node.
func (n *Naming) tellLost(o *accounts.OwnedName) {
	u := n.st.Online.ByPerson[o.Person]
	switch {
	case u == nil || u.Terminal == nil:
		n.st.Names.NoteLost(o)
	case u.Terminal.node == nil && !u.Identity.LooksLike(o.Identity()):
		u.Terminal.Post(NewNotice(reply.NameNoLongerYours, o.Name))
	}
}

// takeNotices returns, once, what a person must be told about names that they have lost
// and not got back.
func (n *Naming) takeNotices(person ids.Account) (told []reply.Sentence) {
	notice := n.st.Names.TakeNotice(person)
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

// takeAttempts returns, once, what a person must be told about attempts to use their
// names.
func (n *Naming) takeAttempts(person ids.Account) (told []reply.Sentence) {
	for name, attempts := range n.st.Names.TakeAttempts(person) {
		told = append(told, reply.Say(reply.NameTriedOften, name, attempts))
	}
	return told
}
