package backup

import (
	"fmt"
	"io"

	"teahouse/room"
)

// Verify reads a backup to its end. It returns nil where all of it is there and
// can be read by [restore] with the same limits to what is said.
func Verify(backup io.Reader, m room.HistoryLimits) error {
	if _, err := Read(backup, m, func(*Line) error { return nil }); err != nil {
		return fmt.Errorf("journal: the backup cannot be used: %w", err)
	}
	return nil
}
