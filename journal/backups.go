package journal

import (
	"context"
	"io"

	"teahouse/journal/internal/backup"
	"teahouse/room"
)

// Backup writes everything in the store to w while the journal keeps running. Events that happen
// during the backup may or may not be included.
func (j *Journal) Backup(ctx context.Context, w io.Writer) error {
	return backup.Write(ctx, j.store, w)
}

// BackupOffline is [Journal.Backup] for a store that no journal in this process has open. Unlike
// [Open], it creates nothing and changes neither the streams' limits nor their version; it
// ignores c.HistoryLimits, so the caller need not know them.
func BackupOffline(ctx context.Context, c Config, w io.Writer) error {
	return backup.Offline(ctx, c, w)
}

// ErrNoData is returned by [BackupOffline] if any stream that Open would create is missing.
var ErrNoData = backup.ErrNoData

// Verify reads a backup to its end. It returns nil if the backup is complete and [RestoreBackup]
// can restore it under the same history limits.
func Verify(r io.Reader, limits room.HistoryLimits) error { return backup.Verify(r, limits) }

// RestoreBackup creates a journal from a backup in the data directory c.Dir, which must not
// contain one and which nobody else may use meanwhile. The backup must fit c.HistoryLimits and
// the limits on everything else, so that a small file cannot fill the disk. The journal appears
// only once the whole backup has been read and verified; on error nothing is left behind.
// Private messages wait for another 30 days from the restore.
//
// If c.URL is set, RestoreBackup creates the streams on those NATS servers. No node may run, and
// the streams must not be in use yet; otherwise the error is a [*NotEmptyError]. If the process
// is killed, no journal opens what it left behind, and the next restore removes it.
func RestoreBackup(ctx context.Context, c Config, r io.Reader) error {
	return backup.Restore(ctx, c, r)
}

// A NotEmptyError is returned by [RestoreBackup] if the NATS servers already hold a server's
// data.
type NotEmptyError = backup.NotEmptyError

// Salvage writes a backup of all that is still readable in a journal whose data directory nobody
// has open, and reports on each stream. It changes nothing there, and works without the engine,
// so also when the engine does not start.
func Salvage(data string, w io.Writer) ([]SalvageReport, error) { return backup.Salvage(data, w) }

// A SalvageReport says how much of one stream was saved.
type SalvageReport = backup.SalvageReport
