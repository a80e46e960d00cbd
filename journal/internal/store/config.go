package store

import (
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// Config says where a journal keeps what it keeps, and how much.
type Config struct {
	Dir           string             // the folder "journal" is made in it; "" keeps all in memory
	URL           string             // of a NATS server elsewhere; "" runs one in this process
	Sync          bool               // have each write on the disk before it counts, not within a second
	HistoryLimits room.HistoryLimits // what is said is kept within these limits
	NameRetention time.Duration      // a name is kept for so long without its owner; 0 is for ever
	Log           *log.Logger        // nil logs nothing

	NATSOptions []nats.Option // of the client of a server elsewhere, beside the journal's own

	AcceptLoss bool // open what is damaged without what is gone
}
