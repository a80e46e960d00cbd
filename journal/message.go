package journal

import "time"

// A message is one that a stream holds.
type message struct {
	Seq     uint64 // in the stream
	Subject string
	ID      string // by which the engine knows repeats
	Time    time.Time
	Data    []byte
}
