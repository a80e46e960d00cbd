package doctor

import (
	"context"
	"path/filepath"
	"time"

	"teahouse/journal"
)

// localStoreTimeout is how long the NATS servers may take to say what they have.
const localStoreTimeout = 5 * time.Second

// checkLocalStore checks whether the data directory has data that is not in the NATS servers, and
// whether those have everything. checkNATSServers reports whether they can be reached.
func (d *doctor) checkLocalStore(ctx context.Context) []finding {
	if d.Journal.URL == "" || d.natsFilesUnusable || d.dirUnusable {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, localStoreTimeout)
	defer cancel()
	own, _ := journal.CheckLocalData(ctx, d.Journal)
	folder := filepath.Join(d.Journal.Dir, "journal")
	switch own {
	case journal.PartlyMoved:
		return newFinding(severityError, "The NATS servers have only part of the data, and no node starts: a restore or a move is running, or was interrupted; if it was, run it again.")
	case journal.LocalNotMoved:
		return newFinding(severityWarning, "The folder %s has data, and the NATS servers have none of it; to copy it there, run teahouse move with the same flags before this server starts.", folder)
	case journal.LocalUnrelated:
		return newFinding(severityWarning, "The folder %s has data of another server than the one in the NATS servers; move it away if nobody needs it.", folder)
	}
	return nil
}
