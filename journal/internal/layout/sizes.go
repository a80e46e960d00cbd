package layout

import (
	"teahouse/internal/records"
	"teahouse/room"
)

const (
	// MaxDirectMessageBytes is how much space the private messages that wait may take, those of all
	// people together.
	MaxDirectMessageBytes = 64 << 20

	// LineOverhead is what a line takes in the store beside its text: identity,
	// time, name, key, the message around it, and some comings and goings.
	LineOverhead = 512

	// MaxPeople is how many are known; then those go who came on one day only, and then the
	// others, who were not seen for the longest time first: whoever comes with many keys has
	// nobody forgotten who comes again and again.
	MaxPeople = 50_000

	// MessageOverhead is what a message takes in a file beside its subject and data.
	MessageOverhead = 30
)

// MaxRoomStreamBytes returns how large the stream ROOM may become: enough for all rooms that
// there may be, as what falls out of it is that of any room. What a room takes is bounded
// by the writer. A text takes twice its bytes in JSON at worst, nearly always much less.
func MaxRoomStreamBytes(m room.HistoryLimits) int64 {
	if m.Bytes <= 0 {
		return -1
	}
	part := func(m room.HistoryLimits) int64 {
		return 2*int64(m.Bytes) + LineOverhead*int64(max(m.Lines, 0)) + 1<<18
	}
	return part(m.ForRoom(room.Lobby)) + room.MaxRooms*part(m.ForRoom(""))
}

// MaxPartitionBytes is how large the stream of a partition may become. What would make it larger is not
// stored, as nothing may fall out of it in silence. Rows alone do not: there is room for
// the markers of as many more.
func MaxPartitionBytes(s records.Partition) int64 { return s.MaxBytes() + s.MaxBytes()/4 }
