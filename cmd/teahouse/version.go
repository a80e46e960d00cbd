package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

// A versionCommand prints the version, for those who do not write --version.
type versionCommand struct{}

// AfterApply prints the version and ends the process.
func (versionCommand) AfterApply(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, version())
	app.Exit(exitOK)
	return nil
}

// A buildInfo is what go build knows of this program.
type buildInfo struct {
	version  string
	revision string // of the source, "" where that is not known
	compiler string // the version of Go
}

// readBuildInfo returns the build, and false where nothing is known of it.
func readBuildInfo() (b buildInfo, ok bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return buildInfo{}, false
	}
	b = buildInfo{version: info.Main.Version, compiler: info.GoVersion}
	if revision := buildSetting(info, "vcs.revision"); len(revision) >= 12 {
		b.revision = revision[:12]
	}
	return b, true
}

// version returns the name of the program and its release, in one line.
func version() string { return "teahouse " + release() }

// release returns which version this is, of which source, and by which version of Go.
func release() string {
	b, ok := readBuildInfo()
	switch {
	case !ok:
		return "unknown"
	case b.revision == "":
		return b.version + " " + b.compiler
	}
	return b.version + " " + b.revision + " " + b.compiler
}

// sourceDate returns the day of the source, "" where go build does not know it.
func sourceDate() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	day, _, _ := strings.Cut(buildSetting(info, "vcs.time"), "T")
	return day
}

// buildSetting returns something that go build has noted, "" where it has not.
func buildSetting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
