package journal

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

// Damages reads all blocks of the store in a data directory that nobody has open, and returns
// the damage it finds. It changes nothing. It returns none if the streams are on NATS servers.
func Damages(ctx context.Context, data string) ([]integrity.Damage, error) {
	dir := filepath.Join(data, layout.FolderName)
	if err := layout.CheckFolder(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return integrity.Find(ctx, dir)
}

// DamagedCopies returns the folders in a data directory that hold untouched copies of damaged
// files.
func DamagedCopies(data string) []string {
	kept, _ := filepath.Glob(filepath.Join(data, layout.FolderName, integrity.DamagedFolder, "*"))
	return kept
}
