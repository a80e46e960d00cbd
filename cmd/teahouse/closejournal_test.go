package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/journal"
)

// A slowJournal takes its time to close; it may never notice that time is up.
type slowJournal struct {
	hangFor time.Duration
	stuck   bool
	ended   chan struct{}
}

func (j *slowJournal) Close(ctx context.Context) error {
	if j.stuck {
		<-j.ended
		return nil
	}
	select {
	case <-time.After(j.hangFor):
		return nil
	case <-ctx.Done():
		return errors.New("7 events could not be stored")
	}
}

func (j *slowJournal) Status() journal.Status { return journal.Status{Pending: 7} }

// The server waits for the latest messages to be stored while the NATS servers hang or elect a
// leader, and logs that, but not for ever. The log and the exit code say that not everything is
// stored.
func TestCloseJournal(t *testing.T) {
	const waits, gaveUp = "events=7 records=0 within=40s", "some messages could not be stored"
	for name, c := range map[string]struct {
		journal     slowJournal
		says, hides string
		least, most time.Duration
	}{
		"at once":     {slowJournal{}, "", "events", 0, 0},
		"an election": {slowJournal{hangFor: 21 * time.Second}, waits, gaveUp, 21 * time.Second, 21 * time.Second},
		"away":        {slowJournal{hangFor: time.Hour}, gaveUp + ` err="7 events could not be stored"`, "answer", closeTimeout, closeTimeout},
		"hanging":     {slowJournal{stuck: true}, gaveUp + ` err="the store does not answer" events=7`, "", closeTimeout, closeTimeout + closeGrace},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logged strings.Builder
				h := &app{log: log.New(&logged)}
				c.journal.ended = make(chan struct{})
				defer close(c.journal.ended)
				began := time.Now()
				want := exitOK
				if strings.HasPrefix(c.says, gaveUp) {
					want = 74
				}
				if got := exitCode(h.closeJournal(&c.journal), h.log); got != want {
					t.Errorf("the process exits with %d, want %d", got, want)
				}
				if took := time.Since(began); took < c.least || took > c.most {
					t.Errorf("closing took %v, want %v to %v", took, c.least, c.most)
				}
				if !strings.Contains(logged.String(), c.says) || c.hides != "" && strings.Contains(logged.String(), c.hides) {
					t.Errorf("the log says %s; want %q, and not %q", &logged, c.says, c.hides)
				}
			})
		})
	}
}

// The systemd unit and the containers give the server the time that stopping may take.
func TestStopTimeoutsAgree(t *testing.T) {
	const given = time.Minute
	if most := shutdownTimeout + closeTimeout + closeGrace; most > given*3/4 {
		t.Errorf("stopping takes up to %v, and the unit allows %v: too little is left", most, given)
	}
	for path, want := range map[string]string{
		unitPath:                    fmt.Sprintf(" TimeoutStopSec=%.0f ", given.Seconds()),
		"../../deploy/compose.yaml": fmt.Sprintf(" stop_grace_period: %.0fs ", given.Seconds()),
		"../../docs/operating.md":   fmt.Sprintf(" up to %.0f seconds more ", closeTimeout.Seconds()),
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if words := strings.Join(strings.Fields(string(text)), " "); !strings.Contains(words, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
}
