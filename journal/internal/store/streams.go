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

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
)

const (
	// PublishBatchSize is how many messages may wait for acknowledgements at a time.
	PublishBatchSize = 64

	// maxDirectMessagesPerSender limits the messages from one sender to one person as a last
	// resort; the journal applies closer limits.
	maxDirectMessagesPerSender = 200

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
		Name:                 layout.DirectMessageStream,
		Subjects:             []string{layout.DirectMessagePrefix + "*", layout.DirectMessagePrefix + "*.*"},
		Storage:              storage,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		MaxMsgsPerSubject:    maxDirectMessagesPerSender,
		MaxBytes:             layout.MaxDirectMessageBytes,
		MaxAge:               directMessageAge,
		Duplicates:           dedupWindow,
	}, {
		Name:       layout.PeopleStream,
		Storage:    storage,
		MaxBytes:   -1,
		Duplicates: dedupWindow, // as in a bucket
	}}
	for _, s := range layout.Partitions() {
		wanted = append(wanted, jetstream.StreamConfig{
			Name:       layout.PartitionStream(s),
			Storage:    storage,
			MaxBytes:   layout.MaxPartitionBytes(s),
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
	return fmt.Errorf("the NATS servers have no %d MB to set aside for it: raise max_file_store there, or keep less, by --history-bytes (%w)", want.MaxBytes>>20, err)
}

// FindStream returns a stream's configuration, or nil if there is no such stream.
func (st *Store) FindStream(ctx context.Context, name string) (*jetstream.StreamConfig, error) {
	stream, err := st.JS.Stream(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound) && st.hasFiles(name):
		return nil, fmt.Errorf("it is there, in %s, but damaged; %s", st.Dir, layout.MoveAwayAdvice(st.Dir))
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
	if !strings.HasPrefix(want.Name, layout.BucketPrefix) { // the engine manages the subjects of a bucket
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

func (st *Store) tryCreateStream(ctx context.Context, want jetstream.StreamConfig) error {
	bucket, ok := strings.CutPrefix(want.Name, layout.BucketPrefix)
	if !ok {
		_, err := st.JS.CreateStream(ctx, want)
		return err
	}
	_, err := st.JS.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:   bucket,
		Storage:  want.Storage,
		MaxBytes: want.MaxBytes,
		Replicas: want.Replicas,
		Metadata: want.Metadata,
	})
	if err != nil {
		return err
	}
	made, err := st.JS.Stream(ctx, want.Name)
	if err != nil {
		return err
	}
	return st.ensureStream(ctx, &made.CachedInfo().Config, want) // in case a bucket differs from what we want
}

// Publish stores a message, waits for the acknowledgement, and returns the message's sequence
// number in the stream.
func (st *Store) Publish(ctx context.Context, subject, id string, data []byte) (uint64, error) {
	var options []jetstream.PublishOpt
	if id != "" {
		options = append(options, jetstream.WithMsgID(id))
	}
	options = append(options, jetstream.WithRetryAttempts(0))
	ack, err := st.JS.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data}, options...)
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// A publishResult is the result for one message.
type publishResult struct {
	Seq uint64 // in its stream
	Err error
}

// PublishAll stores messages in the given order, and waits until the engine has acknowledged or
// rejected each.
func (st *Store) PublishAll(ctx context.Context, messages []*nats.Msg) []publishResult {
	all := make([]publishResult, len(messages))
	acks := make([]jetstream.PubAckFuture, len(messages))
	for i, m := range messages {
		acks[i], all[i].Err = st.JS.PublishMsgAsync(m, jetstream.WithRetryAttempts(0))
	}
	for i, ack := range acks {
		if all[i].Err != nil {
			continue
		}
		select {
		case stored := <-ack.Ok():
			all[i].Seq = stored.Sequence
		case all[i].Err = <-ack.Err():
		case <-ctx.Done():
			all[i].Err = ctx.Err()
		}
	}
	return all
}

// OverwriteMessage overwrites a message. It is not an error if the message is already gone.
func (st *Store) OverwriteMessage(ctx context.Context, stream string, seq uint64) error {
	s, err := st.JS.Stream(ctx, stream)
	if err != nil {
		return err
	}
	return ignoreMissing(ctx, s, seq, s.SecureDeleteMsg(ctx, seq))
}

// DeleteMessages deletes messages. It is not an error if they are already gone.
func (st *Store) DeleteMessages(ctx context.Context, stream string, seqs []uint64) error {
	s, err := st.JS.Stream(ctx, stream)
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		if err := ignoreMissing(ctx, s, seq, s.DeleteMsg(ctx, seq)); err != nil {
			return err
		}
	}
	return nil
}

// ignoreMissing returns the error of deleting a message, or nil if there is no such message: the
// engine itself drops the oldest.
func ignoreMissing(ctx context.Context, s jetstream.Stream, seq uint64, err error) error {
	if err == nil {
		return nil
	}
	if _, missing := s.GetMsg(ctx, seq); errors.Is(missing, jetstream.ErrMsgNotFound) {
		return nil
	}
	return err
}

// PurgeSubject removes the messages of a subject below the sequence number before, or all if
// before is 0.
func (st *Store) PurgeSubject(ctx context.Context, stream, subject string, before uint64) error {
	s, err := st.JS.Stream(ctx, stream)
	if err != nil {
		return err
	}
	options := []jetstream.StreamPurgeOpt{jetstream.WithPurgeSubject(subject)}
	if before > 0 {
		options = append(options, jetstream.WithPurgeSequence(before))
	}
	return s.Purge(ctx, options...)
}
