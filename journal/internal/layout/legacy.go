package layout

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"teahouse/internal/records"
)

// RenamedVersion is the version since which streams and files have their present names. Package
// store moves the records of older versions.
const RenamedVersion = 5

// HasPresentNames reports whether data of a version has the present names.
func HasPresentNames(version string) bool {
	n, err := strconv.Atoi(version)
	return err == nil && n >= RenamedVersion
}

// The names of the partitions, and so of their streams and subjects, before version 5. Before
// version 4 there was only the first.
const (
	legacyAuthority records.Partition = "book"
	legacyPersonal  records.Partition = "desk"
)

// LegacyPartitions returns the partitions by their names before version 5.
func LegacyPartitions() []records.Partition {
	return []records.Partition{legacyAuthority, legacyPersonal}
}

// legacyStreamSpecs returns the specs of their streams.
func legacyStreamSpecs() (specs []streamSpec) {
	for _, p := range LegacyPartitions() {
		specs = append(specs, streamSpec{PartitionStream(p), func(subject string) error { return checkRecordSubject(p, subject) }})
	}
	return specs
}

// LegacyStreamNames returns the names of their streams.
func LegacyStreamNames() (names []string) {
	for _, p := range LegacyPartitions() {
		names = append(names, PartitionStream(p))
	}
	return names
}

// HasRecords reports whether a stream, of any version, contains records.
func HasRecords(stream string) bool {
	return stream == AuthorityStream || stream == PersonalStream || slices.Contains(LegacyStreamNames(), stream)
}

// presentTable returns the present name of a table, given its name in any version. Since version 6
// these have other ones.
func presentTable(name string) string {
	switch name {
	case "typed":
		return "inputhistories"
	case "places":
		return "readmarkers"
	case "order":
		return "serversettings"
	case "ignored":
		return "ignorelists"
	case "lost":
		return "namenotices"
	}
	return name
}

// PresentSubject returns the subject that a message of a present stream has now, given the one
// that it had in any version: the table of a record may have had another name.
func PresentSubject(subject string) string {
	for _, p := range Partitions() {
		if at, err := DecodeRecordID(p, subject); err == nil {
			return RecordID{Table: presentTable(at.Table), Key: at.Key}.SubjectIn(p)
		}
	}
	return subject
}

// UpgradeSubject returns the stream and the subject that a message has now, given those that it
// had in any version.
func UpgradeSubject(stream, subject string) (newStream, newSubject string, err error) {
	i := slices.Index(LegacyStreamNames(), stream)
	if i < 0 {
		return stream, PresentSubject(subject), nil
	}
	p := LegacyPartitions()[i]
	at, err := DecodeRecordID(p, subject)
	if err != nil {
		return "", "", err
	}
	at.Table = presentTable(at.Table)
	in := at.Partition()
	if p == legacyPersonal {
		in = records.Personal // also a table that this version does not know
	}
	return PartitionStream(in), at.SubjectIn(in), nil
}

// StreamNamesIn returns the names of the streams in a journal's folder, which may be of an older
// version or damaged.
func StreamNamesIn(dir string) []string {
	if HasLegacyStreams(dir) {
		return append([]string{RoomStream, PrivateMessageStream, PeopleStream}, LegacyStreamNames()...)
	}
	return StreamNames()
}

// HasLegacyStreams reports whether the streams of an older version are those that count in a
// journal's folder: as in each folder of an older version, and in one without a version, or with
// the current one, where they exist and their records have not been moved completely.
func HasLegacyStreams(dir string) bool {
	if hasLegacyNames(dir) {
		return true
	}
	if slices.ContainsFunc(LegacyStreamNames(), func(name string) bool { return exists(streamFolder(dir, name)) }) {
		return !isStreamRenamed(dir, AuthorityStream)
	}
	return false
}

// isStreamRenamed reports whether the engine's files of a stream say that it counts.
func isStreamRenamed(dir, stream string) bool {
	var config struct{ Metadata map[string]string }
	text, err := os.ReadFile(filepath.Join(streamFolder(dir, stream), "meta.inf"))
	return err == nil && json.Unmarshal(text, &config) == nil && HasPresentNames(config.Metadata[VersionKey])
}

func streamFolder(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream)
}

// hasLegacyNames reports whether a journal's folder is of a version whose files have other names.
func hasLegacyNames(dir string) bool {
	version := folderVersion(dir)
	return version > 0 && version < RenamedVersion
}

// IsOlder reports whether the data in a journal's folder is of an older version.
func IsOlder(dir string) bool {
	version := folderVersion(dir)
	return version > 0 && version < Version || HasLegacyStreams(dir)
}

// folderVersion returns the version of a journal's folder, or 0 if it is unknown.
func folderVersion(dir string) int {
	text, err := os.ReadFile(filepath.Join(dir, VersionFile))
	if err != nil {
		return 0
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return version
}

// The files in a journal's folder that had other names before version 5.
const (
	WatermarksFile    = "watermarks"
	ManifestFile      = "manifest"
	StreamConfigsFile = "stream-configs"
	ServersFile       = "nats-servers"
)

// legacyFileNames returns their former names.
func legacyFileNames() map[string]string {
	return map[string]string{WatermarksFile: "marks", ManifestFile: "sealed", StreamConfigsFile: "streams", ServersFile: "nats"}
}

// FilePath returns the path of one of these files. A folder has the names of its version. After
// a kill, some of a current one's may still be the former ones.
func FilePath(dir, name string) string {
	now, before := filepath.Join(dir, name), filepath.Join(dir, legacyFileNames()[name])
	if hasLegacyNames(dir) || !exists(now) && exists(before) {
		return before
	}
	return now
}

// RenameFiles gives these files their present names, if the folder is of the current version.
func RenameFiles(dir string) error {
	if folderVersion(dir) < RenamedVersion {
		return nil
	}
	for now, before := range legacyFileNames() {
		from, to := filepath.Join(dir, before), filepath.Join(dir, now)
		if !exists(from) || exists(to) {
			continue
		}
		if err := os.Rename(from, to); err != nil {
			return err
		}
	}
	SyncFolder(dir)
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
