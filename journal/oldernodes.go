package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/journal/internal/layout"
)

const (
	// heartbeatSubject is where the nodes say that they are there: see the package cluster.
	heartbeatSubject = "teahouse.beat"

	// heartbeatTimeout is within what time each of them does.
	heartbeatTimeout = 5 * time.Second
)

// errOlderNodes is why what is stored stays as it is. Older nodes would go on writing what
// they wrote before, where the newer ones look for it no more.
var errOlderNodes = fmt.Errorf("journal: what is stored is of an older version than %d, and nodes run that keep it so; stop them all first, then start this one", layout.Version)

// checkOlderNodes returns an error where streams elsewhere would have to be brought to the
// version of now, and some node runs already.
func (e *engine) checkOlderNodes(ctx context.Context) error {
	if older, err := e.hasOlderStreams(ctx); err != nil || !older {
		return err
	}
	e.log.Info("journal: what is stored is of an older version; looking whether nodes run that wrote it", "within", heartbeatTimeout)
	if running, err := e.nodesRunning(); err != nil || !running {
		return err
	}
	if older, err := e.hasOlderStreams(ctx); err != nil || !older { // it was another node of now
		return err
	}
	return errOlderNodes
}

// nodesRunning reports whether a node runs that has its streams in the same NATS servers.
func (e *engine) nodesRunning() (bool, error) {
	beats, err := e.nc.SubscribeSync(heartbeatSubject)
	if err != nil {
		return false, fmt.Errorf("journal: %w", err)
	}
	defer func() { _ = beats.Unsubscribe() }()
	_, err = beats.NextMsg(heartbeatTimeout)
	switch {
	case errors.Is(err, nats.ErrTimeout):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("journal: %w", err)
	}
	return true, nil
}

// hasOlderStreams reports whether there are streams elsewhere of an older version.
func (e *engine) hasOlderStreams(ctx context.Context) (older bool, err error) {
	if e.isEmbedded() {
		return false, nil
	}
	err = e.retryWithTimeout(ctx, func(ctx context.Context) error {
		older = false
		for _, want := range e.wantedStreams() {
			have, err := e.findStream(ctx, want.Name)
			if err != nil {
				return fmt.Errorf("journal: stream %s: %w", want.Name, err)
			}
			older = older || have != nil && have.Metadata[layout.VersionKey] != strconv.Itoa(layout.Version)
		}
		return nil
	})
	return older, err
}
