package main

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/journal"
)

// localStoreTimeout is how long the NATS servers may take to say what they have.
const localStoreTimeout = 5 * time.Second

// checkLocalStore looks whether the data directory has a house that nobody sees beside the NATS servers,
// and whether all of a house is in those.
// That these can be asked is for checkNATSServers to say.
func (d *doctor) checkLocalStore(ctx context.Context) []finding {
	if d.Nats == "" || d.natsFilesUnusable || d.dirUnusable {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, localStoreTimeout)
	defer cancel()
	own, _ := journal.CheckLocalData(ctx, d.journalConfig(log.New(io.Discard)))
	folder := filepath.Join(d.Data, "journal")
	switch own {
	case journal.PartlyMoved:
		return newFinding(severityError, "The NATS servers have a part of a house, and no node starts: somebody restores a backup there, or moves a house there; where that was broken off, run it again.")
	case journal.LocalNotMoved:
		return newFinding(severityWarning, "The folder %s has a house, and the NATS servers have none of it; to bring it there, run teahouse move with the same flags before this house opens.", folder)
	case journal.LocalUnrelated:
		return newFinding(severityWarning, "The folder %s has a house that the NATS servers, which have another, know nothing of; where nobody wants it, move it away.", folder)
	}
	return nil
}
