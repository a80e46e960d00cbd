//go:build !unix

package keys

import "io/fs"

// accessibleToOthers returns false: on this system the mode does not tell who may read the file.
func accessibleToOthers(fs.FileMode) bool { return false }
