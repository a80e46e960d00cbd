package layout

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Version is the version of all that is stored: of the folder, the streams and
// the backups. A journal reads those since oldestVersion, makes a folder and
// streams of an older version ones of this as it opens them, and reads no other.
//
// Version 1 had no book. That is what version 2 is for: a teahouse which does not
// know of the book is not to open the house without it, to those who are banned.
// Version 3 has floors, below which nothing counts: a teahouse that does not know of
// them would take what was struck out for what holds.
// Version 4 has private messages by sender, and KV_desk: a teahouse that does not know of
// these would not show the ones, and find nothing of what is in the other.
const (
	Version       = 4
	OldestVersion = 1
)

// UnfinishedPrefix is what the version of a stream in NATS servers begins with while a backup is
// unpacked into it. No teahouse, of whatever version, opens one of such a version.
const UnfinishedPrefix = "unfinished"

// ErrUnfinishedRestore is what [checkVersion] returns for such a version.
var ErrUnfinishedRestore = errors.New("is not whole: somebody restores a backup there, or moves a house there; where that was broken off, run it again")

// IsVersionNumber reports whether a text is a version of any teahouse.
func IsVersionNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// CheckVersion returns an error for the version of what cannot be read.
func CheckVersion(version string) error {
	if strings.HasPrefix(version, UnfinishedPrefix) {
		return ErrUnfinishedRestore
	}
	for v := OldestVersion; v <= Version; v++ {
		if version == strconv.Itoa(v) {
			return nil
		}
	}
	return fmt.Errorf("is of version %q, this teahouse reads versions %d to %d only", version, OldestVersion, Version)
}

// VersionKey is where a stream's metadata has the format's version.
const VersionKey = "teahouse-format"
