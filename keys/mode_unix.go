//go:build unix

package keys

import "io/fs"

// permissive reports whether others than the owner may read or write the file.
func permissive(mode fs.FileMode) bool { return mode.Perm()&0o077 != 0 }
