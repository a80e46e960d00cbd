package room

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// An operator may ban no wider network than this: a mistake would lock out the
// world.
const (
	widestIPv4 = 8
	widestIPv6 = 16
)

// fingerprint is the shape of a key's, as OpenSSH prints it.
var fingerprint = regexp.MustCompile("^" + keyPrefix + "[0-9A-Za-z+/]{43}$")

// targetsLocked returns what a penalty for whom is on: a key, a network, or who
// has a name. Spoke is what was said last under that name, or nil.
func (h *House) targetsLocked(whom string, spoke *Event) (targets []string, name string, err error) {
	if fingerprint.MatchString(whom) {
		return []string{h.personLocked(whom)}, "", nil
	}
	if addr, err := netip.ParseAddr(whom); err == nil {
		return []string{Source(addr).String()}, "", nil
	}
	if prefix, err := netip.ParsePrefix(whom); err == nil {
		if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
			prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
		}
		if prefix.Addr().Is6() && prefix.Bits() > 64 {
			prefix = Source(prefix.Addr()) // who has one address of it has them all
		}
		if addr := prefix.Addr(); addr.Is4() && prefix.Bits() < widestIPv4 || addr.Is6() && prefix.Bits() < widestIPv6 {
			return nil, "", refuse(TooWide, prefix)
		}
		return []string{prefix.Masked().String()}, "", nil
	}
	if p := h.online[NameKey(whom)]; p != nil {
		return p.targetsLocked(), p.who.Load().Name, nil
	}
	person, name, err := h.meantLocked(whom, spoke)
	if err != nil {
		return nil, "", err
	}
	return []string{person}, name, nil
}

// noTarget returns why nothing is meant by whom.
func noTarget(whom string) *Refusal {
	network, _, _ := strings.Cut(whom, "/")
	switch {
	case strings.HasPrefix(strings.ToUpper(whom), keyPrefix):
		return refuse(NoFingerprint, Clean(whom))
	case looksLikeAddress(network):
		return refuse(NoNetwork, Clean(whom))
	}
	return refuse(NoSuchUser, Clean(whom))
}

// lastSaid returns what was said last under a name in the room where u is, as far as the
// room remembers it, or nil. That may be by somebody who only ever came by commands, and
// was never here.
func (u *User) lastSaid(name string) *Event {
	id, err := checkName(name)
	if err != nil {
		return nil
	}
	return u.here().lastSaid(id.key)
}

// meantLocked returns the person whom an operator means by the name of nobody who is
// here, and the name: the one that it belongs to; or else who spoke last under it, since
// that is what the operator has read; or else who was here last. Who spoke without a key
// may be anybody: then it is for the operator to name an address.
func (h *House) meantLocked(name string, spoke *Event) (person, spelled string, err error) {
	if c := h.ownedLocked(name); c != nil {
		return c.Person, c.Name, nil
	}
	if spoke == nil {
		if person, spelled = h.knownLocked(name); person == "" {
			return "", "", noTarget(name)
		}
		return person, spelled, nil
	}
	who := spoke.Who
	if who.Key != "" {
		return h.personLocked(who.Key), who.Name, nil
	}
	if from := who.from(); from.IsValid() {
		return "", "", refuse(SpokeFrom, who.Name, from)
	}
	return "", "", refuse(SpokeKeyless, who.Name)
}

// from returns where somebody came from, as far as the doors show it, or the zero Addr.
// The address of this machine says nothing: everybody may come from there, by a proxy.
func (who *Who) from() netip.Addr {
	at, err := netip.ParseAddrPort(who.Address)
	if err != nil || at.Addr().Unmap().IsLoopback() {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// targetsLocked returns what somebody who is here is known by: the key, if there
// is one, and the address, since a key is made in a moment. But not the address of
// this machine, from which everybody may come, by a proxy: a guest from there is
// known by its session only.
func (p *presence) targetsLocked() (targets []string) {
	who := p.who.Load()
	for _, s := range p.sessions {
		remote := s.visitor.Remote
		here := remote.IsLoopback() || !remote.IsValid()
		if who.Key != "" || here {
			targets = append(targets, who.sign())
		}
		if !here {
			targets = append(targets, Source(remote).String())
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

// ownedLocked returns the claim to a name, or nil. It must be that name: one that looks
// like it is somebody else's, perhaps.
func (h *House) ownedLocked(name string) *claim {
	if id, err := checkName(name); err == nil {
		if _, c := h.claimedLocked(id, ""); c != nil && c.has(id.key) {
			return c
		}
	}
	return nil
}

// knownLocked returns the person of a name who is not here, and the name.
func (h *House) knownLocked(name string) (person, spelled string) {
	if c := h.ownedLocked(name); c != nil {
		return c.Person, c.Name
	}
	if h.Archive != nil {
		if p, ok := h.Archive.Find(NameKey(name)); ok {
			return p.Key, mended(p.Name)
		}
	}
	return "", ""
}

// personOfLocked returns whose a name is, or who is here under it with a key.
func (h *House) personOfLocked(name string) (person, spelled string) {
	if p := h.online[NameKey(name)]; p != nil {
		who := p.who.Load()
		return who.Key, who.Name
	}
	return h.knownLocked(name)
}
