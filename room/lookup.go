package room

import (
	"teahouse/internal/ids"
	"teahouse/internal/names"
)

// LookUp returns the person with a name who is offline, and the name.
func (p *People) LookUp(name string) (person ids.Account, spelled string) {
	if o := p.st.Names.Find(name); o != nil {
		return o.Person, o.Name
	}
	if p.st.hub.config.Messages != nil {
		if p, ok := p.st.hub.config.Messages.AccountByName(names.Key(name)); ok {
			return p.ID, names.Repaired(p.Name)
		}
	}
	return "", ""
}

// Resolve returns the owner of a name, or the online user with a key who has it.
func (p *People) Resolve(name string) (person ids.Account, spelled string) {
	if u := p.st.Online.ByName[names.Key(name)]; u != nil {
		who := u.Info()
		return who.Person, who.Name
	}
	return p.LookUp(name)
}
