//go:build !unix

package keys

import "io/fs"

// permissive reports false: the mode says nothing of who may read the file.
func permissive(fs.FileMode) bool { return false }
