package builtin

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/netaddr"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// The widest networks that an operator may ban: a mistake with a wider one would lock out
// everybody.
const (
	minPrefixIPv4 = 8
	minPrefixIPv6 = 16
)

// fingerprintPattern matches the fingerprint of a key as OpenSSH prints it.
var fingerprintPattern = regexp.MustCompile("^" + names.FingerprintPrefix + "[0-9A-Za-z+/]{43}$")

// penaltyTargets returns the targets of a penalty for whom: a key, a network, or whoever has
// a name. Spoke is the last line said under that name, or nil.
func penaltyTargets(st *room.State, whom string, spoke *room.Event) (targets []string, name string, err error) {
	if fingerprintPattern.MatchString(whom) {
		return []string{string(st.Keys.PersonOf(ids.Fingerprint(whom)))}, "", nil
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
	if u := st.Online.ByName[names.Key(whom)]; u != nil {
		return sessionTargets(u), u.Info().Name, nil
	}
	person, name, err := resolveAbsent(st, whom, spoke)
	if err != nil {
		return nil, "", err
	}
	return []string{string(person)}, name, nil
}

// resolveAbsent returns the person that an operator means by the name of somebody who is
// offline, and the name: the name's owner; or else the last speaker under it, since that is what
// the operator has read; or else the last user of it. If that speaker had no key, they could be
// anybody, and the operator has to name an address.
func resolveAbsent(st *room.State, name string, spoke *room.Event) (person ids.Account, spelled string, err error) {
	if o := st.Names.Find(name); o != nil {
		return o.Person, o.Name, nil
	}
	if spoke == nil {
		if person, spelled = st.People.LookUp(name); person == "" {
			return "", "", refuseTarget(name)
		}
		return person, spelled, nil
	}
	who := spoke.User
	if who.Person != "" {
		return st.Keys.Current(who.Person), who.Name, nil
	}
	if from := who.RemoteAddr(); from.IsValid() {
		return "", "", reply.Refuse(reply.LastSpeakerAddress, who.Name, from)
	}
	return "", "", reply.Refuse(reply.LastSpeakerKeyless, who.Name)
}

// withAccount returns a name and whose it is, for the audit log and for questions.
func withAccount(name string, person ids.Account) string { return fmt.Sprintf("%s (%s)", name, person) }

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
func lastLineBy(s *command.Runner, name string) *room.Event {
	id, err := names.Check(name)
	if err != nil {
		return nil
	}
	return s.Room().LastLineBy(id.Key)
}

// sessionTargets returns the targets that match an online user: the key, if there is one, and
// the address, since a new key is made in a moment. It leaves out this machine's own address,
// because a proxy makes everybody come from there: a guest from there is only matched by the
// session.
func sessionTargets(u *room.User) (targets []string) {
	who := u.Info()
	for _, other := range u.Sessions {
		remote := other.Client.Remote
		here := remote.IsLoopback() || !remote.IsValid()
		if who.Person != "" || here {
			targets = append(targets, who.Subject())
		}
		if !here {
			targets = append(targets, netaddr.Address(remote).String())
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}
