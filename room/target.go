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

// An operator may ban no wider network than this: a mistake would lock out the
// world.
const (
	minPrefixIPv4 = 8
	minPrefixIPv6 = 16
)

// fingerprintPattern is the shape of a key's, as OpenSSH prints it.
var fingerprintPattern = regexp.MustCompile("^" + names.FingerprintPrefix + "[0-9A-Za-z+/]{43}$")

// penaltyTargetsLocked returns what a penalty for whom is on: a key, a network, or who
// has a name. Spoke is what was said last under that name, or nil.
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
			prefix = netaddr.Address(prefix.Addr()) // who has one address of it has them all
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

// refuseTarget returns why nothing is meant by whom.
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

// lastLineBy returns what was said last under a name in the room where s is, as far as the
// room remembers it, or nil. That may be by somebody who only ever came by commands, and
// was never here.
func (s *Session) lastLineBy(name string) *Event {
	id, err := names.Check(name)
	if err != nil {
		return nil
	}
	return s.room().lastLineBy(id.Key)
}

// resolveAbsentLocked returns the person whom an operator means by the name of nobody who is
// here, and the name: the one that it belongs to; or else who spoke last under it, since
// that is what the operator has read; or else who was here last. Who spoke without a key
// may be anybody: then it is for the operator to name an address.
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

// remoteAddr returns where somebody came from, as far as the doors show it, or the zero Addr.
// The address of this machine says nothing: everybody may come from there, by a proxy.
func (ui *UserInfo) remoteAddr() netip.Addr {
	at, err := netip.ParseAddrPort(ui.Address)
	if err != nil || at.Addr().Unmap().IsLoopback() {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// penaltyTargetsLocked returns what somebody who is here is known by: the key, if there
// is one, and the address, since a key is made in a moment. But not the address of
// this machine, from which everybody may come, by a proxy: a guest from there is
// known by its session only.
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

// lookUpPersonLocked returns the person of a name who is not here, and the name.
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

// resolvePersonLocked returns whose a name is, or who is here under it with a key.
func (h *Hub) resolvePersonLocked(name string) (person, spelled string) {
	if u := h.online.byName[names.Key(name)]; u != nil {
		who := u.info.Load()
		return who.Person, who.Name
	}
	return h.lookUpPersonLocked(name)
}
