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

// discardTimeout is how long it may take to remove what is left of a backup that could not be
// unpacked.
const discardTimeout = 10 * time.Second

var (
	ErrOtherRestore = errors.New("somebody else restores a backup there")
	ErrNodesRunning = errors.New("nodes of a house run there; stop them all first")
)

// A RemoteRestore makes the streams of NATS servers anew from a backup.
//
// Until all is there each stream has a version that no journal opens, and that nobody else
// gives it: ROOM gets it first and loses it last. So nobody takes half for whole, whenever
// this process dies, and the next refill begins anew. Where two begin at the same time, or a
// node does, one of them finds a stream of ROOM that is not its own.
type RemoteRestore struct {
	*store.Store
	Version string
	Counts  map[string]uint64 // messages, by stream
	pending []*nats.Msg       // of one stream
	stream  string            // which that is
}

// restoreToServers is restore for a journal that has its streams in NATS servers.
func restoreToServers(ctx context.Context, c store.Config, backup io.Reader) error {
	connecting, connected := context.WithTimeout(ctx, store.StartTimeout)
	e, err := store.Open(connecting, c, "")
	connected()
	if err != nil {
		return err
	}
	defer e.Close()
	r := &RemoteRestore{Store: e, Version: layout.UnfinishedPrefix + " " + nuid.Next(), Counts: map[string]uint64{}}
	there, err := r.checkEmpty(ctx)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := r.run(ctx, there, backup); err != nil {
		r.Discard(ctx)
		return fmt.Errorf("journal: the backup cannot be unpacked: %w", r.Explain(err))
	}
	return nil
}

// checkEmpty returns which of the streams are there, and an error where a house is, or runs.
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

// run makes the streams anew, some of which are there, and fills them.
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

// FindStreams returns which of the streams are there. It returns an error where anything is in them
// that may be a house's.
func (r *RemoteRestore) FindStreams(ctx context.Context) (there []string, err error) {
	begun, messages, origin := false, uint64(0), ""
	for _, want := range r.WantedStreams() {
		s, err := r.JS.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("stream %s: %w", want.Name, err)
		}
		have := s.CachedInfo()
		if err := layout.CheckVersion(have.Config.Metadata[layout.VersionKey]); err != nil && !errors.Is(err, layout.ErrUnfinishedRestore) {
			return nil, fmt.Errorf("stream %s: it %w", want.Name, err)
		} else if err != nil {
			begun = true
		}
		there = append(there, want.Name)
		messages += have.State.Msgs
		if want.Name == layout.RoomStream {
			origin = have.Config.Metadata[store.OriginKey]
		}
	}
	if messages > 0 && !begun {
		return nil, &NotEmptyError{Streams: there, Origin: origin}
	}
	return there, nil
}

// A NotEmptyError is what [restore] returns where the NATS servers have a house already.
type NotEmptyError struct {
	Streams []string // which it has there
	Origin  string   // the name of the folder that was moved there, "" where none was
}

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("the NATS servers have a house already, in the streams %s: choose others; or, to have this one there instead, stop all nodes, and delete these streams by the tools of NATS",
		strings.Join(e.Streams, ", "))
}

// deleteStream removes a stream, which need not be there any more.
func (r *RemoteRestore) deleteStream(ctx context.Context, name string) error {
	if err := r.JS.DeleteStream(ctx, name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("stream %s: %w", name, err)
	}
	return nil
}

// CreateStreams makes the streams anew, some of which are there.
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
			if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) || errors.Is(err, jetstream.ErrBucketExists) {
				_, err = r.OwnStream(ctx, want.Name) // the answer to the try before may be lost
			}
			return store.ExplainNoStorage(want, err)
		})
		if err != nil {
			return fmt.Errorf("stream %s: %w", want.Name, err)
		}
	}
	return nil
}

// OwnStream returns how a stream is, and an error where it is not of this refill.
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

// Add stores a message of a backup, now or with some that follow.
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

// Finish has the streams be those of a house, once it has seen that all is in them, and
// nothing else.
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

// checkCount returns an error where a stream has not got what was to be stored in it, or more.
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

// SetVersion gives a stream the version of now. It may have it already, where the answer of the try
// before was lost.
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

// Discard removes what this refill has made, ROOM last. What is left is in nobody's way but
// that of nodes, until the next one.
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
			r.Log.Debug("journal: what is left of a backup is still there", "stream", name, "err", err)
		}
	}
}
