package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/private"
	"teahouse/journal/internal/layout"
)

const (
	// PublishBatchSize is how many messages may wait for acknowledgements at a time.
	PublishBatchSize = 64

	// maxPrivateMessagesPerSender limits the messages from one sender to one person as a last
	// resort; the journal applies closer limits.
	maxPrivateMessagesPerSender = 200

	// dedupWindow is how long the engine itself drops duplicates.
	dedupWindow = 2 * time.Minute

	// seqGap exceeds the number of messages of a stream that this node can have missed.
	seqGap = 1 << 20
)

// WantedStreams returns the wanted configurations of the streams, ROOM first. None sets
// AllowDirect: with that, any server of a cluster answers reads, even one that lags behind, and
// the stream would seem to have ended.
func (st *Store) WantedStreams() []jetstream.StreamConfig {
	storage := jetstream.FileStorage
	if st.IsEmbedded() && st.InMemory {
		storage = jetstream.MemoryStorage
	}
	m := st.Config.HistoryLimits
	wanted := []jetstream.StreamConfig{{
		Name:       layout.RoomStream,
		Subjects:   []string{layout.RoomPrefix + "*"},
		Storage:    storage,
		Discard:    jetstream.DiscardOld,
		MaxBytes:   layout.MaxRoomStreamBytes(m),
		MaxAge:     m.Age,
		Duplicates: dedupWindowFor(m.Age),
	}, {
		Name:                 layout.PrivateMessageStream,
		Subjects:             []string{layout.PrivateMessagePrefix + "*", layout.PrivateMessagePrefix + "*.*"},
		Storage:              storage,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		MaxMsgsPerSubject:    maxPrivateMessagesPerSender,
		MaxBytes:             layout.MaxPrivateMessageBytes,
		MaxAge:               private.OfflineAge,
		Duplicates:           dedupWindow,
	}, {
		Name:       layout.PeopleStream,
		Storage:    storage,
		MaxBytes:   -1,
		Duplicates: dedupWindow, // as in a bucket
	}}
	for _, p := range layout.Partitions() {
		wanted = append(wanted, jetstream.StreamConfig{
			Name:       layout.PartitionStream(p),
			Storage:    storage,
			MaxBytes:   layout.MaxPartitionBytes(p),
			Duplicates: dedupWindow,
		})
	}
	for i := range wanted {
		wanted[i].Replicas = st.replicas()
		wanted[i].Metadata = map[string]string{layout.VersionKey: strconv.Itoa(layout.Version)}
	}
	return wanted
}

// dedupWindowFor returns the deduplication window of a stream with a maximum age, which the
// engine requires to be no longer than that age.
func dedupWindowFor(age time.Duration) time.Duration {
	if age > 0 {
		return min(dedupWindow, age)
	}
	return dedupWindow
}

// ensureStreams creates missing streams, and updates the others to the current limits and
// version; but it never narrows the history limits of NATS servers elsewhere, see
// [retention.widenHistoryLimits]. If it finds a stream that it cannot read, it changes none.
func (st *Store) ensureStreams(ctx context.Context) error {
	wanted := st.WantedStreams()
	have := make([]*jetstream.StreamConfig, len(wanted))
	for i, want := range wanted {
		var err error
		if have[i], err = st.FindStream(ctx, want.Name); err != nil {
			return fmt.Errorf("journal: stream %s: %w", want.Name, err)
		}
	}
	// A recreated stream gets limits no narrower than the lost one's.
	kept := st.retention.widenHistoryLimits(&wanted[0], cmp.Or(have[0], st.Snapshots.Last(layout.RoomStream).config))
	authority := slices.IndexFunc(wanted, func(c jetstream.StreamConfig) bool { return c.Name == layout.AuthorityStream })
	st.retention.widenNameRetention(&wanted[authority], cmp.Or(have[authority], st.Snapshots.Last(layout.AuthorityStream).config))
	for i, want := range wanted {
		if err := st.ensureStream(ctx, have[i], want); err != nil {
			return fmt.Errorf("journal: stream %s: %w", want.Name, ExplainNoStorage(want, notYet(err)))
		}
	}
	st.retention.setHistoryLimits(kept)
	return nil
}

// errNotYet means that a server has not heard yet of a stream that exists.
var errNotYet = errors.New("a stream that was just made is not known everywhere yet")

// notYet replaces an error that says that a stream does not exist by a transient one, since a
// server may lag behind the one that created it.
func notYet(err error) error {
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("%w: %v", errNotYet, err)
	}
	return err
}

// ExplainNoStorage adds advice to the error of servers that reject a stream because they cannot
// reserve storage for its maximum size.
func ExplainNoStorage(want jetstream.StreamConfig, err error) error {
	const noResources, noStorage = 10023, 10047
	var api *jetstream.APIError
	if !errors.As(err, &api) || api.ErrorCode != noResources && api.ErrorCode != noStorage {
		return err
	}
	return fmt.Errorf("the NATS servers can't reserve %d MB for it: raise max_file_store there, or keep less with --history-bytes (%w)", want.MaxBytes>>20, err)
}

// FindStream returns a stream's configuration, or nil if there is no such stream.
func (e *engine) FindStream(ctx context.Context, name string) (*jetstream.StreamConfig, error) {
	stream, err := e.JS.Stream(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound) && e.hasFiles(name):
		return nil, fmt.Errorf("it is there, in %s, but damaged; %s", e.Dir, layout.MoveAwayAdvice(e.Dir))
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	have := stream.CachedInfo().Config
	if err := layout.CheckVersion(have.Metadata[layout.VersionKey]); errors.Is(err, layout.ErrUnfinishedRestore) {
		return nil, fmt.Errorf("it %w", err)
	} else if err != nil {
		return nil, fmt.Errorf("it %w; run the teahouse that wrote it, or choose another place", err)
	}
	return &have, nil
}

func (st *Store) ensureStream(ctx context.Context, have *jetstream.StreamConfig, want jetstream.StreamConfig) error {
	if have == nil {
		return st.CreateStream(ctx, st.continueNumbering(want))
	}
	updated := *have
	updated.Metadata = maps.Clone(have.Metadata)
	maps.Copy(updated.Metadata, want.Metadata)
	for key, legacy := range map[string]string{HistoryLimitsKey: legacyHistoryLimitsKey, NameRetentionKey: legacyNameRetentionKey} {
		if updated.Metadata[key] != "" {
			delete(updated.Metadata, legacy)
		}
	}
	updated.MaxBytes, updated.MaxAge, updated.Duplicates = want.MaxBytes, want.MaxAge, want.Duplicates
	updated.Replicas = max(have.Replicas, want.Replicas)
	updated.AllowDirect = want.AllowDirect
	if !strings.HasPrefix(want.Name, layout.BucketPrefix) { // those of a bucket never change
		updated.Subjects, updated.MaxMsgsPerSubject = want.Subjects, want.MaxMsgsPerSubject
	}
	if reflect.DeepEqual(updated, *have) {
		return nil
	}
	_, err := st.JS.UpdateStream(ctx, updated)
	return err
}

// continueNumbering returns a stream that continues the sequence numbers of the stream that it
// replaces, because other nodes read ROOM after numbers that they know. A bucket starts over,
// and its watchers rewind.
func (st *Store) continueNumbering(want jetstream.StreamConfig) jetstream.StreamConfig {
	before := st.Snapshots.Last(want.Name)
	if before.LastSeq > 0 {
		want.FirstSeq = before.LastSeq + seqGap
	}
	if before.origin != "" {
		want.Metadata[OriginKey] = before.origin
	}
	return want
}

// CreateStream creates a stream. A server that has just deleted its last stream removes the empty
// folder of all streams a moment later, and may do so just when it makes the new one's. So if a
// server has no place for its files, that is tried some more times.
func (st *Store) CreateStream(ctx context.Context, want jetstream.StreamConfig) error {
	for try := 1; ; try++ {
		err := st.tryCreateStream(ctx, want)
		var api *jetstream.APIError
		if try == createTries || !errors.As(err, &api) || api.ErrorCode != codeNoFiles {
			return err
		}
		select {
		case <-time.After(createDelay):
		case <-ctx.Done():
			return err
		}
	}
}

// tryCreateStream creates a stream with one request: another node may change it right after that.
func (st *Store) tryCreateStream(ctx context.Context, want jetstream.StreamConfig) error {
	if bucket, ok := strings.CutPrefix(want.Name, layout.BucketPrefix); ok {
		want.Subjects, want.MaxMsgsPerSubject = []string{"$KV." + bucket + ".>"}, 1
		want.Discard, want.AllowRollup, want.DenyDelete = jetstream.DiscardNew, true, true
		want.FirstSeq = 0 // a bucket starts over
	}
	_, err := st.JS.CreateStream(ctx, want)
	return err
}
