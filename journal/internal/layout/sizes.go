package layout

import (
	"teahouse/internal/records"
	"teahouse/room"
)

const (
	// MaxPrivateMessageBytes limits the total size of the private messages that wait, for all
	// people together.
	MaxPrivateMessageBytes = 64 << 20

	// LineOverhead is what a line takes in the store besides its text: identity, time, name,
	// key, the message around it, and some joins and leaves.
	LineOverhead = 512

	// MaxPeople limits the known people. Beyond it, those seen on one day only are dropped
	// first, then those not seen for longest: nobody can push out regulars by coming with many
	// keys.
	MaxPeople = 50_000

	// MessageOverhead is what a message takes in a file besides its subject and data.
	MessageOverhead = 30
)

// MaxRoomStreamBytes returns the maximum size of the stream ROOM. It is enough for the maximum
// number of rooms, because the stream would drop any room's messages; the writer limits each
// room. Text takes up to twice its size in JSON, but nearly always much less.
func MaxRoomStreamBytes(m room.HistoryLimits) int64 {
	if m.Bytes <= 0 {
		return -1
	}
	part := func(m room.HistoryLimits) int64 {
		return 2*int64(m.Bytes) + LineOverhead*int64(max(m.Lines, 0)) + 1<<18
	}
	return part(room.LimitsForRoom(m, room.Lobby)) + room.MaxRooms*part(room.LimitsForRoom(m, ""))
}

// MaxPartitionBytes returns the maximum size of a partition's stream. Writes beyond it are
// rejected, so that nothing is dropped silently. The records alone never reach it: a quarter is
// reserved for markers.
func MaxPartitionBytes(p records.Partition) int64 { return p.MaxBytes() + p.MaxBytes()/4 }
