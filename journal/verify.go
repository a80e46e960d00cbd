package journal

import (
	"fmt"
	"io"
)

// Verify reads a backup to its end. It returns nil where all of it is there and
// can be read by [Unpack].
func Verify(backup io.Reader) error {
	if err := readBackup(backup, func(*backupLine) error { return nil }); err != nil {
		return fmt.Errorf("journal: the backup cannot be used: %w", err)
	}
	return nil
}
