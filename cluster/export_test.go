package cluster

import (
	"context"
	"time"
)

// SilenceTimeout is how long a node may be silent before the store is read for its last events.
const SilenceTimeout = silenceTimeout

// OpenWithSilence is [Open] for tests in which silence passes faster: it returns for how long a
// node has been silent that was last heard at a time.
func OpenWithSilence(ctx context.Context, c Config, silence func(node string, heard time.Time) time.Duration) (*Link, error) {
	l := prepareLink(c)
	l.silence = silence
	return l, l.start(ctx, c)
}
