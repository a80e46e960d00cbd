//go:build unix

package keys

import "io/fs"

// accessibleToOthers reports whether others than the owner may read or write the file.
func accessibleToOthers(mode fs.FileMode) bool { return mode.Perm()&0o077 != 0 }
