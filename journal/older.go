package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// beatSubject is where the nodes say that they are there: see the package cluster.
	beatSubject = "teahouse.beat"

	// beatTime is within what time each of them does.
	beatTime = 5 * time.Second
)

// errOlderNodes is why what is stored stays as it is. Older nodes would go on writing what
// they wrote before, where the newer ones look for it no more.
var errOlderNodes = fmt.Errorf("journal: what is stored is of an older version than %d, and nodes run that keep it so; stop them all first, then start this one", format)

// checkOlderNodes returns an error where streams elsewhere would have to be brought to the
// version of now, and some node runs already.
func (e *engine) checkOlderNodes(ctx context.Context) error {
	if older, err := e.isOlder(ctx); err != nil || !older {
		return err
	}
	e.log.Info("journal: what is stored is of an older version; looking whether nodes run that wrote it", "within", beatTime)
	if running, err := e.hearsNodes(); err != nil || !running {
		return err
	}
	if older, err := e.isOlder(ctx); err != nil || !older { // it was another node of now
		return err
	}
	return errOlderNodes
}

// hearsNodes reports whether a node runs that has its streams in the same NATS servers.
func (e *engine) hearsNodes() (bool, error) {
	beats, err := e.nc.SubscribeSync(beatSubject)
	if err != nil {
		return false, fmt.Errorf("journal: %w", err)
	}
	defer func() { _ = beats.Unsubscribe() }()
	_, err = beats.NextMsg(beatTime)
	switch {
	case errors.Is(err, nats.ErrTimeout):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("journal: %w", err)
	}
	return true, nil
}

// isOlder reports whether there are streams elsewhere of an older version.
func (e *engine) isOlder(ctx context.Context) (older bool, err error) {
	if e.inside() {
		return false, nil
	}
	err = e.patiently(ctx, func(ctx context.Context) error {
		older = false
		for _, want := range e.wanted() {
			have, err := e.findStream(ctx, want.Name)
			if err != nil {
				return fmt.Errorf("journal: stream %s: %w", want.Name, err)
			}
			older = older || have != nil && have.Metadata[formatKey] != strconv.Itoa(format)
		}
		return nil
	})
	return older, err
}
