package journal

import (
	"context"
	"io"

	"teahouse/journal/internal/backup"
	"teahouse/room"
)

// Backup writes all that is stored to w, while the journal goes on. What happens
// meanwhile may be in it or not.
func (j *Journal) Backup(ctx context.Context, w io.Writer) error {
	return backup.Write(ctx, j.store, w)
}

// BackupOffline is [Journal.Backup] of what no journal in this process has open. Unlike
// [Open] it makes nothing and changes neither the streams' limits nor their version: who
// makes a backup need not know how much is kept, and HistoryLimits do not count.
func BackupOffline(ctx context.Context, c Config, w io.Writer) error {
	return backup.Offline(ctx, c, w)
}

// ErrNoData is what [BackupOffline] returns where there are not all of the streams that a
// journal makes as it is opened.
var ErrNoData = backup.ErrNoData

// Verify reads a backup to its end. It returns nil where all of it is there and
// can be read by [RestoreBackup] with the same limits to what is said.
func Verify(r io.Reader, limits room.HistoryLimits) error { return backup.Verify(r, limits) }

// RestoreBackup makes a journal in a data directory, c.Dir, from a backup. There must be none
// in it, and nobody else may use the directory. The backup must hold no more than c.HistoryLimits and the limits
// to all else allow, so that a small file does not fill the disk. The journal appears once the backup was read to
// its end and found to be whole; otherwise nothing is left behind. Private messages wait for another 30
// days from then on.
//
// With c.URL it makes the streams of NATS servers, where there may be none in use yet, and no node run; else
// the error is a [*NotEmptyError]. What it leaves behind where it is killed no journal opens, and the next one
// removes.
func RestoreBackup(ctx context.Context, c Config, r io.Reader) error {
	return backup.Restore(ctx, c, r)
}

// A NotEmptyError is what [RestoreBackup] returns where the NATS servers have a house already.
type NotEmptyError = backup.NotEmptyError

// Salvage writes a backup of all that can be read of a journal whose data directory nobody has
// open, and returns what that is. It changes nothing there, and needs no engine: so it works where
// that does not start.
func Salvage(data string, w io.Writer) ([]SalvageReport, error) { return backup.Salvage(data, w) }

// A SalvageReport is what became of a stream.
type SalvageReport = backup.SalvageReport
