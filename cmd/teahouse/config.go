package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/charmbracelet/log"

	"teahouse/internal/cli"
	"teahouse/internal/logging"
	"teahouse/room"
)

const description = `A chat server that people enter with ssh.

Start it, then connect with one of

  ssh -p 2222 localhost
  nc 127.0.0.1 8888

Each --listen opens a door, and all doors lead to the same rooms:

  ssh://:2222                         everyone with an SSH client
  classic://127.0.0.1:8888?idle=60s   nc and the menu client
  realtime:// im:// gopl:// relay://  clients of the other old dialects

?idle=DURATION sets how long someone may be silent there; 0 means forever.
The first three plain TCP doors speak Chinese, or English with ?lang=en.
?charset=gbk or ?charset=utf-8 says what their clients use; by default the
server detects it. The plain TCP doors have no authentication: think before
you open them to other machines.

You can also set every flag in the environment, with commas between several
doors, or in a file, see --config. The data directory holds the messages, and
the host key by which people's SSH clients recognise the server: keep it. With
--data "" everything is in memory, and gone when the server stops.`

// config holds the values of all flags: from the command line, the environment and the
// configuration file, in this order of precedence.
type config struct {
	Config          string           `help:"Read flags from this YAML file, unless they are set here or in the environment. SIGHUP reads it again." env:"TEAHOUSE_CONFIG" placeholder:"FILE"`
	Listen          []string         `help:"Open a door. May be repeated. By default: ${default}." env:"TEAHOUSE_LISTEN" default:"ssh://:2222,classic://127.0.0.1:8888" placeholder:"URL"`
	Data            string           `help:"Keep everything in this directory, which only one server can use at a time. By default: ${default}." env:"TEAHOUSE_DATA" default:"teahouse-data" placeholder:"DIR"`
	History         int              `help:"Keep this many lines of history in the lobby, and a tenth as many in each other room. With 0, no messages are kept, but names, bans and so on still are. By default: ${default}." env:"TEAHOUSE_HISTORY" default:"10000" placeholder:"LINES"`
	HistoryAge      time.Duration    `help:"Keep nothing for longer than this; 0 means forever. By default: ${default}." env:"TEAHOUSE_HISTORY_AGE" default:"90d" placeholder:"TIME"`
	HistoryBytes    int              `help:"Keep this many bytes of history in the lobby, and a tenth as many in each other room. By default: ${default}." env:"TEAHOUSE_HISTORY_BYTES" default:"16777216" placeholder:"BYTES"`
	Fsync           string           `help:"Sync data to the disk every second, or after every write: ${enum}. By default: ${default}." env:"TEAHOUSE_FSYNC" enum:"second,always" default:"second" placeholder:"WHEN"`
	AcceptLoss      bool             `help:"Start even if the disk has lost something, without the lost part. The log says what it was." env:"TEAHOUSE_ACCEPT_LOSS"`
	Nats            string           `help:"Store everything in these NATS servers instead, separated by commas. May be repeated." env:"TEAHOUSE_NATS" placeholder:"URL" type:"list"`
	NatsCredentials natsCredentials  `embed:"" prefix:"nats-"`
	Operators       string           `help:"The operators' keys, in the format of authorized_keys. Read again when the file changes." env:"TEAHOUSE_OPERATORS" placeholder:"FILE"`
	InviteOnly      bool             `help:"Admit only operators, the keys in --allow, and keys with a code from /invite." env:"TEAHOUSE_INVITE_ONLY"`
	Allow           string           `help:"The keys to admit with --invite-only, in the same format." env:"TEAHOUSE_ALLOW" placeholder:"FILE"`
	NameAge         time.Duration    `help:"Free a name after its owner has been away for this long; 0 means never. A name used on one day only is free after at most 30 days. By default: ${default}." env:"TEAHOUSE_NAME_AGE" default:"180d" placeholder:"TIME"`
	Limits          string           `help:"Apply the limits below: ${enum}. By default: ${default}." env:"TEAHOUSE_LIMITS" enum:"on,off" default:"on" placeholder:"WHETHER"`
	Limit           limits           `embed:"" prefix:"limit-"`
	Metrics         string           `help:"Serve Prometheus metrics and health checks by HTTP at HOST:PORT. A PORT alone serves only this machine." env:"TEAHOUSE_METRICS" placeholder:"ADDR"`
	Balancers       []balancerNet    `name:"proxy-protocol" help:"Networks of load balancers, separated by commas. Connections from there must begin with a PROXY protocol header." env:"TEAHOUSE_PROXY_PROTOCOL" placeholder:"CIDR"`
	Pprof           string           `help:"Serve Go's profiles of this process by HTTP at PORT, to this machine only." env:"TEAHOUSE_PPROF" placeholder:"ADDR"`
	Advertise       advertisedAddr   `help:"When this server stops, tell people to reconnect here: HOST or HOST:PORT." env:"TEAHOUSE_ADVERTISE" placeholder:"ADDRESS"`
	LogLevel        string           `help:"Log messages of this level and above: ${enum}. By default: ${default}." env:"TEAHOUSE_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL"`
	LogFormat       string           `help:"Write the log in this format: ${enum}. By default: ${default}." env:"TEAHOUSE_LOG_FORMAT" enum:"text,json" default:"text" placeholder:"FORMAT"`
	LogMask         bool             `name:"log-mask-addresses" help:"Shorten addresses in the log to their network: 192.0.2.0 for 192.0.2.7, and a /48 for IPv6." env:"TEAHOUSE_LOG_MASK_ADDRESSES"`
	Version         kong.VersionFlag `help:"Print the version and exit."`

	subcommands
}

// parser returns a parser that sets c.
func (c *config) parser() (*kong.Kong, error) {
	options := []kong.Option{kong.Name("teahouse"), kong.Description(description), kong.Help(printHelp), kong.Vars{"version": version()}}
	return kong.New(c, append(options, cli.Mappers()...)...)
}

// BeforeResolve makes kong read the configuration file, when the command line and the environment
// have said which one it is.
func (c *config) BeforeResolve(k *kong.Context) error {
	flags := k.Model.Flags
	named := slices.IndexFunc(flags, func(f *kong.Flag) bool { return f.Name == "config" })
	path, _ := k.FlagValue(flags[named]).(string)
	if path == "" {
		return nil
	}
	file, err := cli.ReadConfigFile(path)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	k.AddResolver(file)
	return file.Check(flags)
}

// parse reads the command line, the environment and the configuration file. For --help,
// --version, the commands help, version, man and completion, and for a shell that completes, it
// prints the answer and ends the process.
//
// The command is the name of one of the [subcommands], serve if there is none.
func parse(args []string) (c config, command string, err error) {
	parser, err := c.parser()
	if err != nil {
		return c, "", err
	}
	if line, ok := cli.CompletedLine(); ok {
		for _, word := range cli.Complete(parser.Model, line) {
			fmt.Fprintln(parser.Stdout, word)
		}
		parser.Exit(exitOK)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return c, "", errors.New(cli.UserMessage(err))
	}
	command, _, _ = strings.Cut(parsed.Command(), " ")
	return c, command, c.check(command)
}

// check checks what no flag can tell by itself, and expands the addresses for metrics and
// profiles.
func (c *config) check(command string) (err error) {
	switch {
	case c.History < 0 || c.HistoryAge < 0 || c.HistoryBytes < 1:
		return errors.New("--history and --history-age cannot be negative, and --history-bytes must be positive")
	case c.NameAge < 0 || c.Limit.anyNegative():
		return errors.New("--name-age and the limits cannot be negative")
	case c.Data == "" && slices.Contains([]string{"backup", "restore", "move", "salvage"}, command):
		return fmt.Errorf("%s: --data must name a directory", command)
	case c.Nats == "" && command == "move":
		return errors.New("move: --nats must name the servers; from one data directory to another, use backup and restore")
	case c.Nats == "" && command == "trim":
		return errors.New("trim: --nats must name the servers; a server without them follows its flags when it starts")
	case c.Metrics == "" && command == "health":
		return errors.New("health: --metrics must be the address that the server was given")
	}
	if _, err := c.listenURLs(); err != nil {
		return err
	}
	if err := c.checkNATS(); err != nil {
		return err
	}
	if c.Pprof, err = pprofAddress(c.Pprof); err != nil {
		return err
	}
	c.Metrics, err = metricsAddress(c.Metrics)
	return err
}

// listenURLs returns the values of --listen.
func (c *config) listenURLs() ([]listenURL, error) {
	addresses := make([]listenURL, len(c.Listen))
	for i, raw := range c.Listen {
		var err error
		if addresses[i], err = parseListenURL(raw); err != nil {
			return nil, err
		}
	}
	return addresses, nil
}

// memory returns how many messages rooms keep.
func (c config) memory() room.HistoryLimits {
	return room.HistoryLimits{Lines: c.History, Bytes: c.HistoryBytes, Age: c.HistoryAge}
}

// logger returns the logger that the flags ask for.
func (c config) logger(w io.Writer) *log.Logger {
	return logging.New(w, logging.Options{Level: c.level(), JSON: c.LogFormat == "json", MaskAddresses: c.LogMask})
}

// level returns the lowest level that is logged.
func (c config) level() log.Level {
	level, err := log.ParseLevel(c.LogLevel)
	if err != nil {
		return log.InfoLevel // kong has validated it
	}
	return level
}
