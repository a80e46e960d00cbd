package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/duration"
	"teahouse/journal"
	"teahouse/room"
)

// trim makes the NATS servers keep no more than the flags say, and returns the exit code. Without
// yes it says what that would do.
func trim(c config, logger *log.Logger, w io.Writer) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), natsOpenTimeout)
	defer cancel()
	kept, names, err := journal.RemoteLimits(ctx, c.journalConfig(logger))
	if err != nil {
		return exitFailed, err
	}
	if c.Trim.Yes == "" {
		fmt.Fprintf(w, "The NATS servers keep %s. This limits them to %s; the rest is erased, for good, for all nodes.\n"+
			"Start all nodes with these flags first: a node with wider ones raises the limits again.\n"+
			"Nothing has changed yet. To do it, type teahouse trim yes, with the same flags.\n", describeLimits(kept, names), describeLimits(c.memory(), c.NameAge))
		return exitFailed, nil
	}
	if err := journal.Trim(ctx, c.journalConfig(logger)); err != nil {
		return exitFailed, err
	}
	fmt.Fprintf(w, "The NATS servers kept %s. Now they keep %s.\n", describeLimits(kept, names), describeLimits(c.memory(), c.NameAge))
	return exitOK, nil
}

// describeLimits describes the limits within which messages and names are kept.
func describeLimits(m room.HistoryLimits, names time.Duration) string {
	return fmt.Sprintf("%d lines and %d bytes of the lobby, %s, and names %s", m.Lines, m.Bytes, describeAge(m.Age), describeAge(names))
}

func describeAge(d time.Duration) string {
	if d == 0 {
		return "for ever"
	}
	return "for " + duration.Format(d)
}
