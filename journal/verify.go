package journal

import (
	"fmt"
	"io"

	"teahouse/room"
)

// verify reads a backup to its end. It returns nil where all of it is there and
// can be read by [restore] with the same limits to what is said.
func verify(backup io.Reader, m room.HistoryLimits) error {
	if _, err := readBackup(backup, m, func(*backupLine) error { return nil }); err != nil {
		return fmt.Errorf("journal: the backup cannot be used: %w", err)
	}
	return nil
}
