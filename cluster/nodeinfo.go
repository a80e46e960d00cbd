package cluster

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// A NodeInfo is what should be the same at all nodes.
type NodeInfo struct {
	Version string            `json:"version,omitempty"` // of teahouse
	Flags   map[string]string `json:"flags,omitempty"`   // by name; those that should be the same everywhere
}

// maxFlags is the greatest number of flags of another node, and maxFlagLen the greatest length in
// bytes of a flag's name or value, or of a version.
const (
	maxFlags   = 32
	maxFlagLen = 80
)

// versionField stands for the version among the names that differ.
const versionField = "version"

// sanitize drops what is too long or cannot be shown.
func (i *NodeInfo) sanitize() {
	fits := func(s string) bool { return len(s) <= maxFlagLen && text.Clean(s) == s }
	if !fits(i.Version) {
		i.Version = "?"
	}
	if len(i.Flags) > maxFlags {
		i.Flags = nil
	}
	maps.DeleteFunc(i.Flags, func(name, value string) bool { return !fits(name) || !fits(value) })
}

// diff returns in what a node differs from this one: the names, and the names with both values. A
// flag that only one of them knows is ignored, because then the versions differ.
func (i NodeInfo) diff(there NodeInfo) (names, values []string) {
	if i.Version != there.Version {
		names, values = append(names, versionField), append(values, fmt.Sprintf("%s: %s there, %s here", versionField, cmp.Or(there.Version, "?"), i.Version))
	}
	for _, name := range slices.Sorted(maps.Keys(i.Flags)) {
		if value, ok := there.Flags[name]; ok && value != i.Flags[name] {
			names, values = append(names, "--"+name), append(values, fmt.Sprintf("--%s: %s there, %s here", name, value, i.Flags[name]))
		}
	}
	return names, values
}

// SetInfo changes what the other nodes are told about this one. It may be called from any
// goroutine.
func (l *Link) SetInfo(like NodeInfo) { l.info.Store(&like) }

// compareInfo reports how the node differs from this one: once, and again when that changes.
// Operators who are connected to this node are told.
func (n *peer) compareInfo(there NodeInfo) {
	names, values := n.link.info.Load().diff(there)
	unlike := strings.Join(values, "; ")
	if unlike == n.mismatch {
		return
	}
	n.mismatch = unlike
	if unlike == "" {
		n.link.log.Info("cluster: a node has the same version and flags as this one again", "node", n.node)
		return
	}
	n.link.log.Warn("cluster: a node has another version or other flags than this one", "node", n.node, "differences", unlike)
	n.link.hub.AlertOperators(reply.NodesDiffer, n.link.node, n.node, strings.Join(names, ", "))
}
