package cluster

import (
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/internal/peers"
	"teahouse/room"
)

// SilenceTimeout is how long a node may be silent before the store is read for its last events.
const SilenceTimeout = silenceTimeout

// OpenWithSilence is [Open] for tests in which silence passes faster: it returns for how long a
// node has been silent that was last heard at a time.
func OpenWithSilence(silence func(node string, heard time.Time) time.Duration, url string, h *room.Hub, feed *peers.Feed, store Store, info NodeInfo, logger *log.Logger, options ...nats.Option) (*Link, error) {
	l := prepareLink(h, feed, store, info, logger)
	l.silence = silence
	return l, l.start(url, options)
}
