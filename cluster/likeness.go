package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"teahouse/room"
)

// A Likeness is what should be the same at all nodes of a house. The zero Likeness is that
// of a node of a version that does not tell.
type Likeness struct {
	Version string            `json:"version,omitempty"` // of teahouse
	Flags   map[string]string `json:"flags,omitempty"`   // by name, those that matter for all
}

// mostFlags is how many flags another node may tell of, and maxFlag the most bytes of the
// name or the value of one, or of a version.
const (
	mostFlags = 32
	maxFlag   = 80
)

// versionName stands for the version among the names of what differs.
const versionName = "version"

// accept drops what nobody could read of what another node says of itself.
func (a *Likeness) accept() {
	fits := func(s string) bool { return len(s) <= maxFlag && room.Clean(s) == s }
	if !fits(a.Version) {
		a.Version = "?"
	}
	if len(a.Flags) > mostFlags {
		a.Flags = nil
	}
	maps.DeleteFunc(a.Flags, func(name, value string) bool { return !fits(name) || !fits(value) })
}

// differs returns in what a node is unlike this one: the names, and the same with what it
// is at both. A flag that only one of them knows is of another version, which is told.
func (a Likeness) differs(there Likeness) (names, values []string) {
	if a.Version != there.Version {
		version := there.Version
		if version == "" {
			version = "unknown, and flags unknown"
		}
		names, values = append(names, versionName), append(values, fmt.Sprintf("%s: %s there, %s here", versionName, version, a.Version))
	}
	for _, name := range slices.Sorted(maps.Keys(a.Flags)) {
		if value, ok := there.Flags[name]; ok && value != a.Flags[name] {
			names, values = append(names, "--"+name), append(values, fmt.Sprintf("--%s: %s there, %s here", name, value, a.Flags[name]))
		}
	}
	return names, values
}

// Resemble has the other nodes know what this one is like from now on. Any goroutine may
// call it.
func (l *Link) Resemble(like Likeness) { l.like.Store(&like) }

// compare tells where the node is unlike this one: once, and again when that changes.
// Operators who came in at this node are told.
func (n *neighbour) compare(there Likeness) {
	names, values := n.link.like.Load().differs(there)
	unlike := strings.Join(values, "; ")
	if unlike == n.unlike {
		return
	}
	n.unlike = unlike
	if unlike == "" {
		n.link.log.Info("cluster: a node has the same version and flags as this one again", "node", n.node)
		return
	}
	n.link.log.Warn("cluster: a node has another version or other flags than this one", "node", n.node, "unlike", unlike)
	n.link.house.Alert(room.NodesDiffer, n.link.node, n.node, strings.Join(names, ", "))
}
