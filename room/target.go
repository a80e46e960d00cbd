package room

import (
	"strings"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// ResolveAbsent returns the person that an operator means by the name of somebody who is
// offline, and the name: the name's owner; or else the last speaker under it, since that is what
// the operator has read; or else the last user of it. If that speaker had no key, they could be
// anybody, and the operator has to name an address.
func (p *People) ResolveAbsent(name string, spoke *Event) (person, spelled string, err error) {
	if o := p.st.Names.Find(name); o != nil {
		return o.Person, o.Name, nil
	}
	if spoke == nil {
		if person, spelled = p.LookUp(name); person == "" {
			return "", "", RefuseTarget(name)
		}
		return person, spelled, nil
	}
	who := spoke.User
	if who.Person != "" {
		return p.st.Keys.PersonOf(who.Person), who.Name, nil
	}
	if from := who.RemoteAddr(); from.IsValid() {
		return "", "", reply.Refuse(reply.LastSpeakerAddress, who.Name, from)
	}
	return "", "", reply.Refuse(reply.LastSpeakerKeyless, who.Name)
}

// LookUp returns the person with a name who is offline, and the name.
func (p *People) LookUp(name string) (person, spelled string) {
	if o := p.st.Names.Find(name); o != nil {
		return o.Person, o.Name
	}
	if p.st.hub.Messages != nil {
		if p, ok := p.st.hub.Messages.AccountByName(names.Key(name)); ok {
			return p.ID, names.Repaired(p.Name)
		}
	}
	return "", ""
}

// Resolve returns the owner of a name, or the online user with a key who has it.
func (p *People) Resolve(name string) (person, spelled string) {
	if u := p.st.Online.ByName[names.Key(name)]; u != nil {
		who := u.info.Load()
		return who.Person, who.Name
	}
	return p.LookUp(name)
}

// RefuseTarget returns the refusal for a target that matches nobody.
func RefuseTarget(whom string) *reply.Refusal {
	network, _, _ := strings.Cut(whom, "/")
	switch {
	case strings.HasPrefix(strings.ToUpper(whom), names.FingerprintPrefix):
		return reply.Refuse(reply.InvalidFingerprint, text.Clean(whom))
	case names.LooksLikeAddress(network):
		return reply.Refuse(reply.InvalidNetwork, text.Clean(whom))
	}
	return reply.Refuse(reply.NoSuchUser, text.Clean(whom))
}
