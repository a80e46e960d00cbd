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

// version returns what go build knows of the version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if revision := fact(info, "vcs.revision"); len(revision) >= 12 {
		v += " " + revision[:12]
	}
	return fmt.Sprintf("teahouse %s %s", v, info.GoVersion)
}

// sourceDate returns the day of the source, "" where go build does not know it.
func sourceDate() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	day, _, _ := strings.Cut(fact(info, "vcs.time"), "T")
	return day
}

// fact returns something that go build has noted, "" where it has not.
func fact(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
