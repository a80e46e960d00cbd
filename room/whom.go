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
// has a name.
func (h *House) targetsLocked(whom string) (targets []string, name string, err error) {
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
	if key, name := h.knownLocked(whom); key != "" {
		return []string{key}, name, nil
	}
	return nil, "", noTarget(whom)
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

// knownLocked returns the person of a name who is not here, and the name. It must
// be that name: one that looks like it is somebody else's, perhaps.
func (h *House) knownLocked(name string) (person, spelled string) {
	if id, err := checkName(name); err == nil {
		if _, c := h.claimedLocked(id, ""); c != nil && c.has(id.key) {
			return c.Person, c.Name
		}
	}
	if h.Archive != nil {
		if p, ok := h.Archive.Find(NameKey(name)); ok {
			return p.Key, p.Name
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
