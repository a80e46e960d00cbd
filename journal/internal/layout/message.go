package layout

import "time"

// A Message is a message in a stream.
type Message struct {
	Seq     uint64 // in the stream
	Subject string
	ID      string // the engine drops duplicates by it
	Time    time.Time
	Data    []byte
}
