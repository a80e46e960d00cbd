package records

// A Partition is a part of the [Store] with a size of its own, so that what anybody may write never
// takes the space of what the server cannot do without.
type Partition string

const (
	// Authority holds the records that say who may do what, and who owns a name.
	Authority Partition = "authority"
	// Personal holds what anybody may write and the server can do without: settings, input
	// histories, ignore lists, read markers.
	Personal Partition = "personal"
)

// MaxBytes returns how many bytes all records of a partition may take, counting [Overhead] for
// each, and a third more for its key. The sum of the server's limits stays below that.
func (p Partition) MaxBytes() int64 {
	if p == Personal {
		return 96 << 20
	}
	return 160 << 20
}
