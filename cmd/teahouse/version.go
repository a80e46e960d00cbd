package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

// A versionCommand does what --version does.
type versionCommand struct{}

// AfterApply prints the version and ends the process.
func (versionCommand) AfterApply(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, version())
	app.Exit(exitOK)
	return nil
}

// A buildInfo is what go build has recorded about this program.
type buildInfo struct {
	version  string
	revision string // of the source, "" if unknown
	compiler string // the version of Go
}

// readBuildInfo returns the build's information; ok is false if there is none.
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

// version returns the name and the release of the program, in one line.
func version() string { return "teahouse " + release() }

// release returns the version, the revision of the source, and the version of Go.
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

// sourceDate returns the date of the source, or "" if unknown.
func sourceDate() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	day, _, _ := strings.Cut(buildSetting(info, "vcs.time"), "T")
	return day
}

// buildSetting returns a setting recorded by go build, or "".
func buildSetting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
