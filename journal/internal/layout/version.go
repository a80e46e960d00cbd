package layout

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Version is the version of all stored data: the folder, the streams and the backups. A journal
// reads versions from OldestVersion on, upgrades older folders and streams when it opens them,
// and reads no other versions.
//
// Version 1 had no records. Version 2 exists so that a program that does not know of them cannot
// open the server without its bans. Version 3 has floors, below which nothing counts: a program
// that does not know of them would take deleted entries for valid ones. Version 4 has private
// messages by sender, and a stream of its own for personal records: a program that does not know
// of them would not show the messages, and would find nothing of those records. Version 5 has
// other names for streams and files: an older program would find no records at all. Version 6 has
// other names for some tables: an older program would find none of their records.
const (
	Version       = 6
	OldestVersion = 1
)

// UnfinishedPrefix begins the version of a stream on NATS servers while a backup is unpacked
// into it. No program opens a stream with such a version.
const UnfinishedPrefix = "unfinished"

// MigratingVersion is the version of a stream into which records of older versions are being
// copied. Only package store opens it.
const MigratingVersion = "migrating"

// ErrUnfinishedRestore is returned by [CheckVersion] for such a version.
var ErrUnfinishedRestore = errors.New("is incomplete: a backup is being restored, or a server moved there; if that was interrupted, run it again")

// IsVersionNumber reports whether a text can be the version of a finished store.
func IsVersionNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// CheckVersion returns an error for a version that this program cannot read.
func CheckVersion(version string) error {
	if strings.HasPrefix(version, UnfinishedPrefix) {
		return ErrUnfinishedRestore
	}
	if version == MigratingVersion {
		return nil
	}
	for v := OldestVersion; v <= Version; v++ {
		if version == strconv.Itoa(v) {
			return nil
		}
	}
	return fmt.Errorf("is of version %q, this teahouse reads versions %d to %d only", version, OldestVersion, Version)
}

// VersionKey is the key of the version in a stream's metadata.
const VersionKey = "teahouse-format"
