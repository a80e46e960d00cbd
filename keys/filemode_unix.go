//go:build unix

package keys

import "io/fs"

// accessibleToOthers reports whether anybody but the owner may read or write the file.
func accessibleToOthers(mode fs.FileMode) bool { return mode.Perm()&0o077 != 0 }
