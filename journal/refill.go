package journal

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
)

const (
	// unfinished is what the version of a stream in NATS servers begins with while a backup is
	// unpacked into it. No teahouse, of whatever version, opens one of such a version.
	unfinished = "unfinished"

	// cleanTime is how long it may take to remove what is left of a backup that could not be
	// unpacked.
	cleanTime = 10 * time.Second
)

var (
	errUnfinished = errors.New("is not whole: somebody restores a backup there, or moves a house there; where that was broken off, run it again")
	errTakenOver  = errors.New("somebody else restores a backup there")
	errNodesRun   = errors.New("nodes of a house run there; stop them all first")
)

// A refill makes the streams of NATS servers anew from a backup.
//
// Until all is there each stream has a version that no journal opens, and that nobody else
// gives it: ROOM gets it first and loses it last. So nobody takes half for whole, whenever
// this process dies, and the next refill begins anew. Where two begin at the same time, or a
// node does, one of them finds a stream of ROOM that is not its own.
type refill struct {
	*engine
	version string
	count   map[string]uint64 // messages, by stream
	waiting []*nats.Msg       // of one stream
	stream  string            // which that is
}

// unpackElsewhere is Unpack for a journal that has its streams in NATS servers.
func unpackElsewhere(ctx context.Context, c Config, backup io.Reader) error {
	connecting, connected := context.WithTimeout(ctx, startTime)
	e, err := startEngine(connecting, c, "")
	connected()
	if err != nil {
		return err
	}
	defer e.close()
	r := &refill{engine: e, version: unfinished + " " + nuid.Next(), count: map[string]uint64{}}
	there, err := r.survey(ctx)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := r.run(ctx, there, backup); err != nil {
		r.discard(ctx)
		return fmt.Errorf("journal: the backup cannot be unpacked: %w", r.explain(err))
	}
	return nil
}

// survey returns which of the streams are there, and an error where a house is, or runs.
func (r *refill) survey(ctx context.Context) (there []string, err error) {
	err = r.patiently(ctx, func(ctx context.Context) (err error) {
		there, err = r.look(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	running, err := r.hearsNodes()
	if running {
		err = errNodesRun
	}
	return there, err
}

// run makes the streams anew, some of which are there, and fills them.
func (r *refill) run(ctx context.Context, there []string, backup io.Reader) error {
	if err := r.make(ctx, there); err != nil {
		return err
	}
	header, err := readBackup(backup, r.config.Memory, func(line *backupLine) error { return r.add(ctx, line) })
	if err != nil {
		return err
	}
	return r.finish(ctx, header.Origin)
}

// look returns which of the streams are there. It returns an error where anything is in them
// that may be a house's.
func (r *refill) look(ctx context.Context) (there []string, err error) {
	begun, messages, origin := false, uint64(0), ""
	for _, want := range r.wanted() {
		s, err := r.js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("stream %s: %w", want.Name, err)
		}
		have := s.CachedInfo()
		if err := checkFormat(have.Config.Metadata[formatKey]); err != nil && !errors.Is(err, errUnfinished) {
			return nil, fmt.Errorf("stream %s: it %w", want.Name, err)
		} else if err != nil {
			begun = true
		}
		there = append(there, want.Name)
		messages += have.State.Msgs
		if want.Name == roomStream {
			origin = have.Config.Metadata[originKey]
		}
	}
	if messages > 0 && !begun {
		return nil, &HouseError{Streams: there, Origin: origin}
	}
	return there, nil
}

// A HouseError is what [Unpack] returns where the NATS servers have a house already.
type HouseError struct {
	Streams []string // which it has there
	Origin  string   // the name of the folder that was moved there, "" where none was
}

func (e *HouseError) Error() string {
	return fmt.Sprintf("the NATS servers have a house already, in the streams %s: choose others; or, to have this one there instead, stop all nodes, and delete these streams by the tools of NATS",
		strings.Join(e.Streams, ", "))
}

// drop removes a stream, which need not be there any more.
func (r *refill) drop(ctx context.Context, name string) error {
	if err := r.js.DeleteStream(ctx, name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("stream %s: %w", name, err)
	}
	return nil
}

// make makes the streams anew, some of which are there.
func (r *refill) make(ctx context.Context, there []string) error {
	for _, name := range there {
		if err := r.patiently(ctx, func(ctx context.Context) error { return r.drop(ctx, name) }); err != nil {
			return err
		}
	}
	for i, want := range r.wanted() {
		want.Metadata[formatKey] = r.version
		if i == 0 {
			note(&want, r.config.Memory)
		}
		err := r.patiently(ctx, func(ctx context.Context) error {
			err := r.createStream(ctx, want)
			if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) || errors.Is(err, jetstream.ErrBucketExists) {
				_, err = r.own(ctx, want.Name) // the answer to the try before may be lost
			}
			return tooLarge(want, err)
		})
		if err != nil {
			return fmt.Errorf("stream %s: %w", want.Name, err)
		}
	}
	return nil
}

// own returns how a stream is, and an error where it is not of this refill.
func (r *refill) own(ctx context.Context, name string) (*jetstream.StreamInfo, error) {
	s, err := r.js.Stream(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case s.CachedInfo().Config.Metadata[formatKey] != r.version:
		return nil, errTakenOver
	}
	return s.CachedInfo(), nil
}

// add stores a message of a backup, now or with some that follow.
func (r *refill) add(ctx context.Context, line *backupLine) error {
	if line.Stream != r.stream || len(r.waiting) == rowsAtOnce {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	r.stream = line.Stream
	r.waiting = append(r.waiting, &nats.Msg{Subject: line.Subject, Data: line.Data})
	r.count[line.Stream]++
	return nil
}

func (r *refill) flush(ctx context.Context) error {
	for _, sent := range r.publishAll(ctx, r.waiting) {
		if sent.err != nil {
			return fmt.Errorf("stream %s: %w", r.stream, sent.err)
		}
	}
	r.waiting = r.waiting[:0]
	return nil
}

// finish has the streams be those of a house, once it has seen that all is in them, and
// nothing else.
func (r *refill) finish(ctx context.Context, origin string) error {
	if err := r.flush(ctx); err != nil {
		return err
	}
	wanted := r.wanted()
	for _, want := range wanted {
		if err := r.patiently(ctx, func(ctx context.Context) error { return r.check(ctx, want.Name) }); err != nil {
			return fmt.Errorf("stream %s: %w", want.Name, err)
		}
	}
	for i := len(wanted) - 1; i >= 0; i-- {
		if err := r.patiently(ctx, func(ctx context.Context) error { return r.open(ctx, wanted[i].Name, origin) }); err != nil {
			return fmt.Errorf("stream %s: %w", wanted[i].Name, err)
		}
	}
	return nil
}

// check returns an error where a stream has not got what was to be stored in it, or more.
func (r *refill) check(ctx context.Context, name string) error {
	have, err := r.own(ctx, name)
	if err != nil {
		return err
	}
	if last, want := have.State.LastSeq, r.count[name]; last != want {
		return fmt.Errorf("%d messages were stored, and it has had %d", want, last)
	}
	return nil
}

// open gives a stream the version of now. It may have it already, where the answer of the try
// before was lost.
func (r *refill) open(ctx context.Context, name, origin string) error {
	s, err := r.js.Stream(ctx, name)
	if err != nil {
		return err
	}
	have := s.CachedInfo().Config
	have.Metadata[formatKey] = strconv.Itoa(format)
	if name == roomStream && origin != "" {
		have.Metadata[originKey] = origin
	}
	_, err = r.js.UpdateStream(ctx, have)
	return err
}

// discard removes what this refill has made, ROOM last. What is left is in nobody's way but
// that of nodes, until the next one.
func (r *refill) discard(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTime)
	defer cancel()
	wanted := r.wanted()
	for i := len(wanted) - 1; i >= 0; i-- {
		name := wanted[i].Name
		_, err := r.own(ctx, name)
		if err == nil {
			err = r.drop(ctx, name)
		}
		if err != nil {
			r.log.Debug("journal: what is left of a backup is still there", "stream", name, "err", err)
		}
	}
}
