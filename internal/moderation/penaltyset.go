package moderation

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"teahouse/internal/records"
)

// MaxPenalties is how many bans there may be, and how many mutes.
const MaxPenalties = 10_000

// A PenaltySet holds bans or mutes by target.
type PenaltySet struct {
	records.Table[string, Penalty]
	byNetwork map[netip.Prefix]*Penalty // the penalties of networks
}

func (set *PenaltySet) init(table string, isLocal func(target string) bool) {
	set.byNetwork = map[netip.Prefix]*Penalty{}
	set.Table = records.Table[string, Penalty]{
		Name: table, Partition: records.Authority, Sanitize: (*Penalty).sanitize,
		Index: set.index, IsLocal: isLocal,
	}
}

// index keeps byNetwork in step with the table.
func (set *PenaltySet) index(target string, _, after *Penalty) {
	network, err := netip.ParsePrefix(target)
	switch {
	case err != nil:
	case after == nil:
		delete(set.byNetwork, network)
	default:
		set.byNetwork[network] = after
	}
}

// Impose puts the same penalty on several targets, and returns the penalties that now hold. If it
// was given by name, it does not shorten an existing penalty of an address, which may be there for
// another reason. If that is so for all targets, it returns those penalties.
func (set *PenaltySet) Impose(targets []string, p Penalty) (imposed []*Penalty) {
	var kept []*Penalty
	for _, target := range targets {
		if old := set.Get(target); old != nil && p.Name != "" && old.Name != p.Name && IsNetwork(target) && old.outlasts(p.Until) {
			kept = append(kept, old)
			continue
		}
		one := p
		one.Target = target
		imposed = append(imposed, &one)
	}
	if len(imposed) == 0 {
		return kept
	}
	for _, p := range imposed {
		set.Put(p.Target, p)
	}
	return imposed
}

// Lift ends the penalties for which isMeant returns true, and returns them.
func (set *PenaltySet) Lift(isMeant func(*Penalty) bool) (lifted []*Penalty) {
	for target, p := range set.All() {
		if isMeant(p) {
			lifted = append(lifted, p)
			set.Delete(target)
		}
	}
	return lifted
}

// Sweep deletes penalties that are over, and reports whether there is room for more.
func (set *PenaltySet) Sweep(now time.Time) (hasRoom bool) {
	for target, p := range set.All() {
		if p.IsOver(now) {
			set.Delete(target)
		}
	}
	return set.Len() < MaxPenalties
}

// List returns the penalties that are not over, oldest first.
func (set *PenaltySet) List(now time.Time) []*Penalty {
	all := slices.SortedFunc(maps.Values(maps.Collect(set.All())), func(a, b *Penalty) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Target, b.Target))
	})
	return slices.DeleteFunc(all, func(p *Penalty) bool { return p.IsOver(now) })
}

// move gives the penalty of one subject to another.
func (set *PenaltySet) move(from, to string, now time.Time) {
	if p := set.on(from, now); p != nil {
		moved := *p
		moved.Target = to
		set.Put(to, &moved)
		set.Delete(from)
	}
}

// on returns the penalty of a subject, or nil.
func (set *PenaltySet) on(subject string, now time.Time) *Penalty {
	if p := set.Get(subject); p != nil && !p.IsOver(now) {
		return p
	}
	return nil
}

// onAddress returns the penalty of a network that contains one of the addresses, or nil. The first
// address with a penalty counts, and its narrowest network.
func (set *PenaltySet) onAddress(addrs []netip.Addr, now time.Time) *Penalty {
	if len(set.byNetwork) == 0 {
		return nil
	}
	for _, addr := range addrs {
		for bits := addr.BitLen(); bits >= 0; bits-- {
			network, _ := addr.Prefix(bits)
			if p := set.byNetwork[network]; p != nil && !p.IsOver(now) {
				return p
			}
		}
	}
	return nil
}
