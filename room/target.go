package room

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"teahouse/internal/names"
	"teahouse/internal/netaddr"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// The widest networks that an operator may ban: a mistake with a wider one would lock out
// everybody.
const (
	minPrefixIPv4 = 8
	minPrefixIPv6 = 16
)

// fingerprintPattern matches the fingerprint of a key as OpenSSH prints it.
var fingerprintPattern = regexp.MustCompile("^" + names.FingerprintPrefix + "[0-9A-Za-z+/]{43}$")

// penaltyTargetsLocked returns the targets of a penalty for whom: a key, a network, or whoever has
// a name. Spoke is the last line said under that name, or nil.
func (h *Hub) penaltyTargetsLocked(whom string, spoke *Event) (targets []string, name string, err error) {
	if fingerprintPattern.MatchString(whom) {
		return []string{h.keys.PersonOf(whom)}, "", nil
	}
	if addr, err := netip.ParseAddr(whom); err == nil {
		return []string{netaddr.Address(addr).String()}, "", nil
	}
	if prefix, err := netip.ParsePrefix(whom); err == nil {
		if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
			prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
		}
		if prefix.Addr().Is6() && prefix.Bits() > 64 {
			prefix = netaddr.Address(prefix.Addr()) // whoever has one address of a /64 has them all
		}
		if addr := prefix.Addr(); addr.Is4() && prefix.Bits() < minPrefixIPv4 || addr.Is6() && prefix.Bits() < minPrefixIPv6 {
			return nil, "", reply.Refuse(reply.TooWide, prefix)
		}
		return []string{prefix.Masked().String()}, "", nil
	}
	if u := h.online.byName[names.Key(whom)]; u != nil {
		return u.penaltyTargetsLocked(), u.info.Load().Name, nil
	}
	person, name, err := h.resolveAbsentLocked(whom, spoke)
	if err != nil {
		return nil, "", err
	}
	return []string{person}, name, nil
}

// refuseTarget returns the refusal for a target that matches nobody.
func refuseTarget(whom string) *reply.Refusal {
	network, _, _ := strings.Cut(whom, "/")
	switch {
	case strings.HasPrefix(strings.ToUpper(whom), names.FingerprintPrefix):
		return reply.Refuse(reply.InvalidFingerprint, text.Clean(whom))
	case names.LooksLikeAddress(network):
		return reply.Refuse(reply.InvalidNetwork, text.Clean(whom))
	}
	return reply.Refuse(reply.NoSuchUser, text.Clean(whom))
}

// lastLineBy returns the last line said under a name in s's room, as far as the room remembers it,
// or nil. Its sender may have used one-shot sessions only, and never entered.
func (s *Session) lastLineBy(name string) *Event {
	id, err := names.Check(name)
	if err != nil {
		return nil
	}
	return s.room().lastLineBy(id.Key)
}

// resolveAbsentLocked returns the person that an operator means by the name of somebody who is
// offline, and the name: the name's owner; or else the last speaker under it, since that is what
// the operator has read; or else the last user of it. If that speaker had no key, they could be
// anybody, and the operator has to name an address.
func (h *Hub) resolveAbsentLocked(name string, spoke *Event) (person, spelled string, err error) {
	if o := h.names.Find(name); o != nil {
		return o.Person, o.Name, nil
	}
	if spoke == nil {
		if person, spelled = h.lookUpPersonLocked(name); person == "" {
			return "", "", refuseTarget(name)
		}
		return person, spelled, nil
	}
	who := spoke.User
	if who.Person != "" {
		return h.keys.PersonOf(who.Person), who.Name, nil
	}
	if from := who.remoteAddr(); from.IsValid() {
		return "", "", reply.Refuse(reply.LastSpeakerAddress, who.Name, from)
	}
	return "", "", reply.Refuse(reply.LastSpeakerKeyless, who.Name)
}

// remoteAddr returns the address of a user as far as the doors show it, or the zero Addr. It
// ignores this machine's own address: a proxy makes everybody come from there.
func (ui *UserInfo) remoteAddr() netip.Addr {
	at, err := netip.ParseAddrPort(ui.Address)
	if err != nil || at.Addr().Unmap().IsLoopback() {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// penaltyTargetsLocked returns the targets that match an online user: the key, if there is one, and
// the address, since a new key is made in a moment. It leaves out this machine's own address,
// because a proxy makes everybody come from there: a guest from there is only matched by the
// session.
func (u *user) penaltyTargetsLocked() (targets []string) {
	who := u.info.Load()
	for _, other := range u.sessions {
		remote := other.client.Remote
		here := remote.IsLoopback() || !remote.IsValid()
		if who.Person != "" || here {
			targets = append(targets, who.subject())
		}
		if !here {
			targets = append(targets, netaddr.Address(remote).String())
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

// lookUpPersonLocked returns the person with a name who is offline, and the name.
func (h *Hub) lookUpPersonLocked(name string) (person, spelled string) {
	if o := h.names.Find(name); o != nil {
		return o.Person, o.Name
	}
	if h.Messages != nil {
		if p, ok := h.Messages.AccountByName(names.Key(name)); ok {
			return p.ID, names.Repaired(p.Name)
		}
	}
	return "", ""
}

// resolvePersonLocked returns the owner of a name, or the online user with a key who has it.
func (h *Hub) resolvePersonLocked(name string) (person, spelled string) {
	if u := h.online.byName[names.Key(name)]; u != nil {
		who := u.info.Load()
		return who.Person, who.Name
	}
	return h.lookUpPersonLocked(name)
}
