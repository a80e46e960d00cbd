//go:build !unix

package keys

import "io/fs"

// accessibleToOthers reports false: the mode says nothing of who may read the file.
func accessibleToOthers(fs.FileMode) bool { return false }
