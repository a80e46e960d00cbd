package layout

import "time"

// A Message is one that a stream holds.
type Message struct {
	Seq     uint64 // in the stream
	Subject string
	ID      string // by which the engine knows repeats
	Time    time.Time
	Data    []byte
}
