package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/kballard/go-shellquote"

	"teahouse/internal/bench/load"
)

// A target is a server to measure.
type target struct {
	name     string
	url      string   // only the scheme for a floor
	command  []string // starts it afresh for each run; nil if it is already running
	pid      int      // of a server that is already running; 0 if unknown
	baseline bool     // it is a floor, which prints its address
}

// parseTarget parses a TARGET of chatbench compare.
func parseTarget(s string, f *baselineFlags) (target, error) {
	if kind, ok := strings.CutPrefix(s, "floor:"); ok {
		return baselineTarget(kind, f)
	}
	name, rest, ok := strings.Cut(s, "=")
	if !ok || name == "" || strings.ContainsAny(name, " \t/:") {
		return target{}, fmt.Errorf("target %q: write 'NAME=URL COMMAND', NAME=URL or floor:KIND", s)
	}
	rest = strings.TrimSpace(rest)
	rawURL, command := rest, ""
	if i := strings.IndexFunc(rest, unicode.IsSpace); i >= 0 {
		rawURL, command = rest[:i], rest[i:]
	}
	t, err := newTarget(name, rawURL, command)
	if err != nil {
		return target{}, fmt.Errorf("target %s: %w", name, err)
	}
	return t, nil
}

// newTarget returns a target at rawURL, started by command unless that is empty.
func newTarget(name, rawURL, command string) (target, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Port() == "" {
		return target{}, fmt.Errorf("%q is no URL with a port, such as classic://127.0.0.1:8888", rawURL)
	}
	if !slices.Contains(load.Schemes(), u.Scheme) {
		return target{}, fmt.Errorf("%q: there is no protocol %q; take one of %s", rawURL, u.Scheme, strings.Join(load.Schemes(), ", "))
	}
	words, err := shellquote.Split(command)
	if err != nil {
		return target{}, fmt.Errorf("command %q: %w", command, err)
	}
	return target{name: name, url: rawURL, command: words}, nil
}

// baselineTarget returns a floor, which chatbench starts as a process of its own.
func baselineTarget(kind string, f *baselineFlags) (target, error) {
	if _, err := lookupBaseline(kind); err != nil {
		return target{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return target{}, fmt.Errorf("floor %s: find this program, to start it: %w", kind, err)
	}
	scheme := "lines"
	if kind == "ssh" || kind == "gliderlabs" {
		scheme = "ssh"
	}
	return target{
		name:     "floor:" + kind,
		url:      scheme + "://",
		command:  append([]string{self, "floor", kind}, f.args()...),
		baseline: true,
	}, nil
}

// A runningTarget is a target that is running.
type runningTarget struct {
	url    string
	server *server    // nil if chatbench did not start it
	sample sampleFunc // nil if its process is unknown
}

// start starts a target, unless it is already running. The caller must stop it.
func (t *target) start(ctx context.Context) (*runningTarget, error) {
	switch {
	case len(t.command) > 0:
		return t.startServer(ctx)
	case t.pid != 0:
		sample, err := sampleProcess(t.pid)
		if err != nil {
			return nil, err
		}
		return &runningTarget{url: t.url, sample: sample}, nil
	default:
		return &runningTarget{url: t.url}, nil
	}
}

func (t *target) startServer(ctx context.Context) (*runningTarget, error) {
	u, err := url.Parse(t.url)
	if err != nil {
		return nil, err
	}
	if !t.baseline && isListening(ctx, u.Host) {
		return nil, fmt.Errorf("%s cannot be started: another server listens at %s; stop that one", t.name, u.Host)
	}
	server, err := startServer(t.command)
	if err != nil {
		return nil, err
	}
	s := &runningTarget{url: t.url, server: server}
	if t.baseline {
		u.Host, err = server.awaitAddress(ctx)
		s.url = u.String()
	} else {
		err = server.awaitAccept(ctx, u.Host)
	}
	if err == nil {
		s.sample, err = sampleProcess(server.command.Process.Pid)
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// stop ends what start has started.
func (t *runningTarget) stop() {
	if t.server != nil {
		t.server.stop()
	}
}

// errServerEnded is why a run is aborted.
var errServerEnded = errors.New("it ended during the run")

// measure runs a load on the target. If the server ends meanwhile, the run is aborted.
func (t *runningTarget) measure(ctx context.Context, b *program, c load.Config) (*load.Result, error) {
	c.Target, c.Sample = t.url, t.sample
	if t.server == nil {
		return b.load(ctx, c)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-t.server.done:
			cancel(errServerEnded)
		case <-ctx.Done():
		}
	}()
	result, err := b.load(ctx, c)
	if err != nil && errors.Is(context.Cause(ctx), errServerEnded) {
		return nil, t.server.errorf(errServerEnded.Error())
	}
	return result, err
}
