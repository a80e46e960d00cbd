package store

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Client errors about internals are replaced by what they mean for the servers.
func TestServerErrorsAreExplained(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		context.DeadlineExceeded:      "the NATS servers do not answer in time: context deadline exceeded",
		jetstream.ErrNoStreamResponse: "no NATS server leads the stream now, as while they elect one: nats: no response from stream",
		nats.ErrMaxPayload:            nats.ErrMaxPayload.Error(),
	} {
		if said := ExplainRemote(err, nil); said.Error() != want || !errors.Is(said, err) {
			t.Errorf("%v is reported as %v", err, said)
		}
	}
}

// No password is shown, whatever the list of URLs looks like.
func TestRedactedURLsHaveNoPassword(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"nats://tea:secret@one:4222",
		"nats://tea:secret@one:4222,nats://tea:secret@two:4222",
		"nats://tea:secret@one,nats://tea:secret@two",
		"tls://tea:secret@one, tls://tea:secret@two",
		"nats://tea:secret@one:port",
	} {
		if shown := RedactURL(raw); strings.Contains(shown, "secret") {
			t.Errorf("%s is shown as %s", raw, shown)
		}
	}
}
