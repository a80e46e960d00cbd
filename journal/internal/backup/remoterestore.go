package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

// discardTimeout limits the cleanup after a failed restore.
const discardTimeout = 10 * time.Second

var (
	ErrOtherRestore = errors.New("another restore is running there")
	ErrNodesRunning = errors.New("nodes are running there; stop them all first")
)

// A RemoteRestore creates the streams on NATS servers from a backup.
//
// Until everything is there, each stream has a version that no journal opens and that is unique
// to this restore; ROOM gets it first and loses it last. So nobody mistakes half a restore for a
// whole one, whenever this process dies, and the next restore starts over. If two restores start
// at the same time, or a node does, one of them finds a stream ROOM that is not its own.
type RemoteRestore struct {
	*store.Store
	Version string
	Counts  map[string]uint64 // messages, by stream
	pending []*nats.Msg       // to be stored in one stream
	stream  string            // that stream
}

// restoreToServers is Restore for a journal with its streams on NATS servers.
func restoreToServers(ctx context.Context, c store.Config, backup io.Reader) error {
	connecting, connected := context.WithTimeout(ctx, store.StartTimeout)
	st, err := store.Open(connecting, c, "")
	connected()
	if err != nil {
		return err
	}
	defer st.Close()
	r := &RemoteRestore{Store: st, Version: layout.UnfinishedPrefix + " " + nuid.Next(), Counts: map[string]uint64{}}
	there, err := r.checkEmpty(ctx)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := r.run(ctx, there, backup); err != nil {
		r.Discard(ctx)
		return fmt.Errorf("journal: the backup cannot be restored: %w", r.Explain(err))
	}
	return nil
}

// checkEmpty returns which streams exist. It returns an error if they hold data, or if a node is
// running.
func (r *RemoteRestore) checkEmpty(ctx context.Context) (there []string, err error) {
	err = r.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		there, err = r.FindStreams(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	running, err := r.NodesRunning()
	if running {
		err = ErrNodesRunning
	}
	return there, err
}

// run recreates the streams, some of which exist, and fills them.
func (r *RemoteRestore) run(ctx context.Context, there []string, backup io.Reader) error {
	if err := r.CreateStreams(ctx, there); err != nil {
		return err
	}
	header, err := Read(backup, r.Config.HistoryLimits, func(line *Line) error { return r.Add(ctx, line) })
	if err != nil {
		return err
	}
	return r.Finish(ctx, header.Origin)
}

// FindStreams returns which streams exist. It returns an error if they contain anything that may
// be a server's data.
func (r *RemoteRestore) FindStreams(ctx context.Context) (there []string, err error) {
	begun, messages, origin := false, uint64(0), ""
	for _, name := range append(layout.StreamNames(), layout.LegacyStreamNames()...) {
		s, err := r.JS.Stream(ctx, name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("stream %s: %w", name, err)
		}
		have := s.CachedInfo()
		if err := layout.CheckVersion(have.Config.Metadata[layout.VersionKey]); err != nil && !errors.Is(err, layout.ErrUnfinishedRestore) {
			return nil, fmt.Errorf("stream %s: it %w", name, err)
		} else if err != nil {
			begun = true
		}
		there = append(there, name)
		messages += have.State.Msgs
		if name == layout.RoomStream {
			origin = have.Config.Metadata[store.OriginKey]
		}
	}
	if messages > 0 && !begun {
		return nil, &NotEmptyError{Streams: there, Origin: origin}
	}
	return there, nil
}

// A NotEmptyError is returned by [Restore] if the NATS servers already hold a server's data.
type NotEmptyError struct {
	Streams []string // streams that exist there
	Origin  string   // node name of the folder whose data was moved there, or ""
}

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("the NATS servers already have data, in the streams %s: choose other servers; or, to replace it, stop all nodes, and delete these streams with the nats command",
		strings.Join(e.Streams, ", "))
}

// deleteStream deletes a stream. It is not an error if the stream is already gone.
func (r *RemoteRestore) deleteStream(ctx context.Context, name string) error {
	if err := r.JS.DeleteStream(ctx, name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("stream %s: %w", name, err)
	}
	return nil
}

// CreateStreams recreates the streams, some of which exist.
func (r *RemoteRestore) CreateStreams(ctx context.Context, there []string) error {
	for _, name := range there {
		if err := r.RetryWithTimeout(ctx, func(ctx context.Context) error { return r.deleteStream(ctx, name) }); err != nil {
			return err
		}
	}
	for i, want := range r.WantedStreams() {
		want.Metadata[layout.VersionKey] = r.Version
		if i == 0 {
			store.PutHistoryLimits(&want, r.Config.HistoryLimits)
		}
		err := r.RetryWithTimeout(ctx, func(ctx context.Context) error {
			err := r.CreateStream(ctx, want)
			if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
				_, err = r.OwnStream(ctx, want.Name) // the acknowledgement of an earlier attempt may be lost
			}
			return store.ExplainNoStorage(want, err)
		})
		if err != nil {
			return fmt.Errorf("stream %s: %w", want.Name, err)
		}
	}
	return nil
}

// OwnStream returns a stream's info, or an error if the stream is not of this restore.
func (r *RemoteRestore) OwnStream(ctx context.Context, name string) (*jetstream.StreamInfo, error) {
	s, err := r.JS.Stream(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case s.CachedInfo().Config.Metadata[layout.VersionKey] != r.Version:
		return nil, ErrOtherRestore
	}
	return s.CachedInfo(), nil
}

// Add stores a message of a backup, at once or together with later ones.
func (r *RemoteRestore) Add(ctx context.Context, line *Line) error {
	if line.Stream != r.stream || len(r.pending) == store.PublishBatchSize {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	r.stream = line.Stream
	r.pending = append(r.pending, &nats.Msg{Subject: line.Subject, Data: line.Data})
	r.Counts[line.Stream]++
	return nil
}

func (r *RemoteRestore) flush(ctx context.Context) error {
	for _, sent := range r.PublishAll(ctx, r.pending) {
		if sent.Err != nil {
			return fmt.Errorf("stream %s: %w", r.stream, sent.Err)
		}
	}
	r.pending = r.pending[:0]
	return nil
}

// Finish checks that the streams contain all messages and nothing else, and then gives them the
// current version, which makes them a server's.
func (r *RemoteRestore) Finish(ctx context.Context, origin string) error {
	if err := r.flush(ctx); err != nil {
		return err
	}
	wanted := r.WantedStreams()
	for _, want := range wanted {
		if err := r.RetryWithTimeout(ctx, func(ctx context.Context) error { return r.checkCount(ctx, want.Name) }); err != nil {
			return fmt.Errorf("stream %s: %w", want.Name, err)
		}
	}
	for i := len(wanted) - 1; i >= 0; i-- {
		if err := r.RetryWithTimeout(ctx, func(ctx context.Context) error { return r.SetVersion(ctx, wanted[i].Name, origin) }); err != nil {
			return fmt.Errorf("stream %s: %w", wanted[i].Name, err)
		}
	}
	return nil
}

// checkCount returns an error if a stream has fewer or more messages than were stored in it.
func (r *RemoteRestore) checkCount(ctx context.Context, name string) error {
	have, err := r.OwnStream(ctx, name)
	if err != nil {
		return err
	}
	if last, want := have.State.LastSeq, r.Counts[name]; last != want {
		return fmt.Errorf("%d messages were stored, and it has had %d", want, last)
	}
	return nil
}

// SetVersion gives a stream the current version. It may have it already, if the acknowledgement
// of an earlier attempt was lost.
func (r *RemoteRestore) SetVersion(ctx context.Context, name, origin string) error {
	s, err := r.JS.Stream(ctx, name)
	if err != nil {
		return err
	}
	have := s.CachedInfo().Config
	have.Metadata[layout.VersionKey] = strconv.Itoa(layout.Version)
	if name == layout.RoomStream && origin != "" {
		have.Metadata[store.OriginKey] = origin
	}
	_, err = r.JS.UpdateStream(ctx, have)
	return err
}

// Discard deletes the streams of this restore, ROOM last. Any that are left stop nodes from
// starting, but not the next restore.
func (r *RemoteRestore) Discard(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardTimeout)
	defer cancel()
	wanted := r.WantedStreams()
	for i := len(wanted) - 1; i >= 0; i-- {
		name := wanted[i].Name
		_, err := r.OwnStream(ctx, name)
		if err == nil {
			err = r.deleteStream(ctx, name)
		}
		if err != nil {
			r.Log.Debug("journal: an unfinished restore cannot be removed", "stream", name, "err", err)
		}
	}
}
