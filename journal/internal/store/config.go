package store

import (
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// Config says where a journal stores its data, and how much it keeps.
type Config struct {
	Dir           string             // the folder "journal" is created in it; "" keeps everything in memory
	URL           string             // of NATS servers elsewhere; "" runs one in this process
	Sync          bool               // sync each write before it is acknowledged, not within a second
	HistoryLimits room.HistoryLimits // limits of the rooms' history
	NameRetention time.Duration      // how long a name is kept without its owner; 0 is for ever
	Log           *log.Logger        // nil logs nothing

	NATSOptions []nats.Option // client options for servers elsewhere, besides the journal's own

	AcceptLoss bool // open a damaged store without what is lost
}
