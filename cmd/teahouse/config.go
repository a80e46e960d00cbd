package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"
	"github.com/charmbracelet/log"
)

const description = `A chat room that lives behind SSH.

Start it, then come in with one of

  ssh -p 2222 localhost
  nc 127.0.0.1 8888

Each --listen opens a door, and all doors lead into the same room:

  ssh://:2222                         everybody with an SSH client
  classic://127.0.0.1:8888?idle=60s   nc, and the menu client
  realtime:// im:// gopl:// relay://  programs of the other old dialects

?idle=DURATION changes how long somebody may be silent there; 0 is for ever.
The plain TCP doors ask nobody who they are: think before you open them to
other machines.

Every flag can be set in the environment instead, several doors with commas
between them. The data directory holds the host key, by which people's SSH
clients know this server: keep it.`

// config is what the flags and the environment say.
type config struct {
	Listen    []string         `help:"Open a door; may be repeated. By default: ${default}." env:"TEAHOUSE_LISTEN" default:"ssh://:2222,classic://127.0.0.1:8888" placeholder:"URL"`
	Data      string           `help:"Keep the host key here; made if missing, for one server at a time. By default: ${default}." env:"TEAHOUSE_DATA" default:"teahouse-data" placeholder:"DIR"`
	LogLevel  string           `help:"Log this and what is graver, of ${enum}. By default: ${default}." env:"TEAHOUSE_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL"`
	LogFormat string           `help:"Write the log as one of ${enum}. By default: ${default}." env:"TEAHOUSE_LOG_FORMAT" enum:"text,json" default:"text" placeholder:"FORMAT"`
	Version   kong.VersionFlag `help:"Print the version and exit."`
}

// parse reads the command line and the environment. For --help and --version it
// prints what was asked for and ends the process, which has not begun anything.
func parse(args []string) (config, error) {
	var c config
	parser, err := kong.New(&c, kong.Name("teahouse"), kong.Description(description), kong.Vars{"version": version()})
	if err != nil {
		return c, err
	}
	if _, err := parser.Parse(args); err != nil {
		return c, err
	}
	if c.Data == "" {
		return c, errors.New("--data: the name of a directory is missing")
	}
	return c, nil
}

// logger returns the logger that the flags ask for.
func (c config) logger(w io.Writer) *log.Logger {
	level, err := log.ParseLevel(c.LogLevel)
	if err != nil {
		level = log.InfoLevel // kong let it pass, so it is one of ours
	}
	options := log.Options{Level: level, ReportTimestamp: true, TimeFormat: time.RFC3339}
	if c.LogFormat == "json" {
		options.Formatter = log.JSONFormatter
	}
	return log.NewWithOptions(w, options)
}

// version returns what go build knows of the version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v += " " + s.Value[:12]
		}
	}
	return fmt.Sprintf("teahouse %s %s", v, info.GoVersion)
}
