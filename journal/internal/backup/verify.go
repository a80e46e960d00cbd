package backup

import (
	"fmt"
	"io"

	"teahouse/room"
)

// Verify reads a backup to its end. It returns nil if the backup is complete and [Restore] can
// restore it under the same history limits.
func Verify(backup io.Reader, m room.HistoryLimits) error {
	if _, err := Read(backup, m, func(*Line) error { return nil }); err != nil {
		return fmt.Errorf("journal: the backup cannot be used: %w", err)
	}
	return nil
}
