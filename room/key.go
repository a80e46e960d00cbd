package room

import (
	"teahouse/internal/accounts"
	"teahouse/internal/ids"
)

// identify returns the person to whom ci's key belongs. If nothing is stored about the key,
// but a person is known by its fingerprint as older versions computed it, the key becomes that
// person's, who keeps names, rights and penalties.
func (p *People) identify(ci *ClientInfo) ids.Account {
	former := p.st.Keys.PersonOf(ci.FormerFingerprint)
	if !p.st.Keys.Knows(ci.Fingerprint) && p.hasRecords(former) && !p.hasRecords(ci.Fingerprint.FirstAccount()) && p.st.Keys.Len() < accounts.MaxLinkedKeys {
		p.st.Keys.Adopt(ci.Fingerprint, former)
	}
	return p.st.Keys.PersonOf(ci.Fingerprint)
}

// hasRecords reports whether anything is stored about a person. What files say about a key
// does not count.
func (p *People) hasRecords(person ids.Account) bool {
	return p.wasSeen(person) || p.st.Bots.Get(person) != nil ||
		p.st.Settings.Get(person) != nil || p.st.IgnoreLists.Get(person) != nil || p.st.Moderation.Knows(person)
}

// PersonIDs returns the IDs that a person has and had: some of what is stored about them is still
// under the former ID of one of their keys.
func (h *Hub) PersonIDs(person ids.Account) []ids.Account {
	st := h.Lock()
	defer st.Unlock()
	return st.Keys.IDs(person)
}

// IsRevoked reports whether s's key no longer belongs to s's person, because of what another
// session did a moment ago.
func (p *People) IsRevoked(s *Session) bool {
	return p.st.Keys.PersonOf(s.Client.Fingerprint) != s.Person
}

// Merge gives to everything that from has, including names, rights and penalties. From
// no longer exists afterwards.
func (p *People) Merge(from, to ids.Account) {
	p.st.Tables.Merge(from, to)
	muted := p.st.Access.floodMutes
	if until := muted[string(from)]; until.After(muted[string(to)]) {
		muted[string(to)] = until
	}
}
