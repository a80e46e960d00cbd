package journal

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
	// publishBatchSize is how many messages are on their way to the engine at a time.
	publishBatchSize = 64

	// maxDirectMessagesPerSender is the most that the engine keeps of one sender for one person, whatever
	// else goes wrong: [Journal.SaveOffline] is given closer limits.
	maxDirectMessagesPerSender = 200

	// directMessageAge is how long they wait.
	directMessageAge = 30 * 24 * time.Hour

	// dedupWindow is for how long the engine itself drops repeated messages.
	dedupWindow = 2 * time.Minute

	// seqGap is more than how many messages of a stream this node may not have seen.
	seqGap = 1 << 20
)

// wantedStreams returns the streams as they are to be, ROOM first. None has AllowDirect: with that any server
// of a cluster answers who reads a message, also one that lags behind, and it would look
// as if there were nothing more to read.
func (e *engine) wantedStreams() []jetstream.StreamConfig {
	storage := jetstream.FileStorage
	if e.isEmbedded() && e.inMemory {
		storage = jetstream.MemoryStorage
	}
	m := e.config.HistoryLimits
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
		Duplicates: dedupWindow, // as a bucket has it
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
		wanted[i].Replicas = e.replicas()
		wanted[i].Metadata = map[string]string{layout.VersionKey: strconv.Itoa(layout.Version)}
	}
	return wanted
}

// dedupWindowFor returns for how long the engine drops repeated messages of a stream that it keeps
// for a time: no longer than that, as it wants it.
func dedupWindowFor(age time.Duration) time.Duration {
	if age > 0 {
		return min(dedupWindow, age)
	}
	return dedupWindow
}

// ensureStreams makes the streams that are missing, and gives the others the
// limits and the version of now; but what is said is kept within no narrower limits than
// the NATS servers have, see [engine.widenHistoryLimits]. Where there is one that it cannot read, it
// changes none.
func (e *engine) ensureStreams(ctx context.Context) error {
	wanted := e.wantedStreams()
	have := make([]*jetstream.StreamConfig, len(wanted))
	for i, want := range wanted {
		var err error
		if have[i], err = e.findStream(ctx, want.Name); err != nil {
			return fmt.Errorf("journal: stream %s: %w", want.Name, err)
		}
	}
	// What is made anew is kept within no narrower limits than what is gone.
	kept := e.widenHistoryLimits(&wanted[0], cmp.Or(have[0], e.snapshots.last(layout.RoomStream).config))
	book := slices.IndexFunc(wanted, func(c jetstream.StreamConfig) bool { return c.Name == layout.AuthorityStream })
	e.widenNameRetention(&wanted[book], cmp.Or(have[book], e.snapshots.last(layout.AuthorityStream).config))
	for i, want := range wanted {
		if err := e.ensureStream(ctx, have[i], want); err != nil {
			return fmt.Errorf("journal: stream %s: %w", want.Name, explainNoStorage(want, notYet(err)))
		}
	}
	e.setHistoryLimits(kept)
	return nil
}

// errNotYet means that a server does not know yet of a stream which is there.
var errNotYet = errors.New("a stream that was just made is not known everywhere yet")

// notYet returns an error that passes in place of one which says that there is no stream, as a
// server may that lags behind the one which made it.
func notYet(err error) error {
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("%w: %v", errNotYet, err)
	}
	return err
}

// explainNoStorage adds to an error what to do where servers refuse a stream because it may become
// larger than they have storage for, which they set aside for it.
func explainNoStorage(want jetstream.StreamConfig, err error) error {
	const noResources, noStorage = 10023, 10047
	var api *jetstream.APIError
	if !errors.As(err, &api) || api.ErrorCode != noResources && api.ErrorCode != noStorage {
		return err
	}
	return fmt.Errorf("the NATS servers have no %d MB to set aside for it: raise max_file_store there, or keep less, by --history-bytes (%w)", want.MaxBytes>>20, err)
}

// findStream returns a stream as it is, nil where there is none.
func (e *engine) findStream(ctx context.Context, name string) (*jetstream.StreamConfig, error) {
	stream, err := e.js.Stream(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound) && e.hasFiles(name):
		return nil, fmt.Errorf("it is there, in %s, but damaged; %s", e.dir, layout.MoveAwayAdvice(e.dir))
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

func (e *engine) ensureStream(ctx context.Context, have *jetstream.StreamConfig, want jetstream.StreamConfig) error {
	if have == nil {
		return e.createStream(ctx, e.continueNumbering(want))
	}
	updated := *have
	updated.Metadata = maps.Clone(have.Metadata)
	maps.Copy(updated.Metadata, want.Metadata)
	updated.MaxBytes, updated.MaxAge, updated.Duplicates = want.MaxBytes, want.MaxAge, want.Duplicates
	updated.Replicas = max(have.Replicas, want.Replicas)
	updated.AllowDirect = want.AllowDirect
	if !strings.HasPrefix(want.Name, layout.BucketPrefix) { // the engine sees to the subjects of a bucket
		updated.Subjects, updated.MaxMsgsPerSubject = want.Subjects, want.MaxMsgsPerSubject
	}
	if reflect.DeepEqual(updated, *have) {
		return nil
	}
	_, err := e.js.UpdateStream(ctx, updated)
	return err
}

// continueNumbering returns a stream whose messages are numbered on where one of that name was before:
// other nodes look in ROOM after numbers that they know. A bucket begins anew, see
// [watcher.rewind].
func (e *engine) continueNumbering(want jetstream.StreamConfig) jetstream.StreamConfig {
	before := e.snapshots.last(want.Name)
	if before.lastSeq > 0 {
		want.FirstSeq = before.lastSeq + seqGap
	}
	if before.origin != "" {
		want.Metadata[originKey] = before.origin
	}
	return want
}

func (e *engine) createStream(ctx context.Context, want jetstream.StreamConfig) error {
	bucket, ok := strings.CutPrefix(want.Name, layout.BucketPrefix)
	if !ok {
		_, err := e.js.CreateStream(ctx, want)
		return err
	}
	_, err := e.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:   bucket,
		Storage:  want.Storage,
		MaxBytes: want.MaxBytes,
		Replicas: want.Replicas,
		Metadata: want.Metadata,
	})
	if err != nil {
		return err
	}
	made, err := e.js.Stream(ctx, want.Name)
	if err != nil {
		return err
	}
	return e.ensureStream(ctx, &made.CachedInfo().Config, want) // as we want it where a bucket is otherwise
}

// publish stores a message and waits until the engine has acknowledged it. It
// returns its sequence number in the stream.
func (e *engine) publish(ctx context.Context, subject, id string, data []byte) (uint64, error) {
	var options []jetstream.PublishOpt
	if id != "" {
		options = append(options, jetstream.WithMsgID(id))
	}
	options = append(options, jetstream.WithRetryAttempts(0))
	ack, err := e.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data}, options...)
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// A publishResult is what became of a message.
type publishResult struct {
	seq uint64 // in its stream
	err error
}

// publishAll stores messages in the order in which they are given, and waits until the
// engine has acknowledged or refused each.
func (e *engine) publishAll(ctx context.Context, messages []*nats.Msg) []publishResult {
	all := make([]publishResult, len(messages))
	acks := make([]jetstream.PubAckFuture, len(messages))
	for i, m := range messages {
		acks[i], all[i].err = e.js.PublishMsgAsync(m, jetstream.WithRetryAttempts(0))
	}
	for i, ack := range acks {
		if all[i].err != nil {
			continue
		}
		select {
		case stored := <-ack.Ok():
			all[i].seq = stored.Sequence
		case all[i].err = <-ack.Err():
		case <-ctx.Done():
			all[i].err = ctx.Err()
		}
	}
	return all
}

// overwriteMessage overwrites a message. It is no error if it is not there any more.
func (e *engine) overwriteMessage(ctx context.Context, stream string, seq uint64) error {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	return ignoreMissing(ctx, s, seq, s.SecureDeleteMsg(ctx, seq))
}

// deleteMessages drops messages. It is no error if they are not there any more.
func (e *engine) deleteMessages(ctx context.Context, stream string, seqs []uint64) error {
	s, err := e.js.Stream(ctx, stream)
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

// ignoreMissing returns the error of removing a message, but nil where there is no
// such message: the engine, too, drops the oldest.
func ignoreMissing(ctx context.Context, s jetstream.Stream, seq uint64, err error) error {
	if err == nil {
		return nil
	}
	if _, missing := s.GetMsg(ctx, seq); errors.Is(missing, jetstream.ErrMsgNotFound) {
		return nil
	}
	return err
}

// purgeSubject removes all messages of a subject that are before one in the stream, or
// all where before is 0.
func (e *engine) purgeSubject(ctx context.Context, stream, subject string, before uint64) error {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	options := []jetstream.StreamPurgeOpt{jetstream.WithPurgeSubject(subject)}
	if before > 0 {
		options = append(options, jetstream.WithPurgeSequence(before))
	}
	return s.Purge(ctx, options...)
}
