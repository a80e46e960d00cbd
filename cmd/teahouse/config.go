package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"

	"teahouse/room"
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
The first three of the plain TCP doors speak Chinese, or English with ?lang=en;
?charset=gbk or ?charset=utf-8 says what their clients send, who else show it.
The plain TCP doors ask nobody who they are: think before you open them to
other machines.

Every flag can be set in the environment instead, several doors with commas
between them, or in a file, see --config. The data directory holds the host key, by which people's SSH
clients know this server, and what was said: keep it. With --data "" all is in
memory, and gone when the server stops.`

// config is what the command line, the environment and the configuration file
// say, in this order.
type config struct {
	Config       string           `help:"Read in this file, in YAML, the flags that are set neither here nor in the environment; SIGHUP reads it again." env:"TEAHOUSE_CONFIG" placeholder:"FILE"`
	Listen       []string         `help:"Open a door; may be repeated. By default: ${default}." env:"TEAHOUSE_LISTEN" default:"ssh://:2222,classic://127.0.0.1:8888" placeholder:"URL"`
	Data         string           `help:"Keep everything here; made if missing, for one server at a time. By default: ${default}." env:"TEAHOUSE_DATA" default:"teahouse-data" placeholder:"DIR"`
	History      int              `help:"Keep so many lines of talk in the lobby, and a tenth as many in any other room; 0 keeps nothing of what is said, but names, bans and the like still. By default: ${default}." env:"TEAHOUSE_HISTORY" default:"10000" placeholder:"LINES"`
	HistoryAge   time.Duration    `help:"Keep nothing for longer; 0 is for ever. By default: ${default}." env:"TEAHOUSE_HISTORY_AGE" default:"90d" placeholder:"TIME"`
	HistoryBytes int              `help:"Keep so many bytes of talk in the lobby, and a tenth as many in any other room. By default: ${default}." env:"TEAHOUSE_HISTORY_BYTES" default:"16777216" placeholder:"BYTES"`
	Fsync        string           `help:"Have the disk confirm what is kept: ${enum}. By default: each ${default}." env:"TEAHOUSE_FSYNC" enum:"second,always" default:"second" placeholder:"WHEN"`
	AcceptLoss   bool             `help:"Open a house of which something is gone from the disk, without that; say what it was in the log." env:"TEAHOUSE_ACCEPT_LOSS"`
	Nats         string           `help:"Keep what was said in these NATS servers instead, separated by commas; may be repeated." env:"TEAHOUSE_NATS" placeholder:"URL" type:"list"`
	NatsFiles    natsFiles        `embed:"" prefix:"nats-"`
	Operators    string           `help:"The keys of operators, in the format of authorized_keys; read again when it changes." env:"TEAHOUSE_OPERATORS" placeholder:"FILE"`
	InviteOnly   bool             `help:"Let in operators, those of --allow, and those with a code of /invite." env:"TEAHOUSE_INVITE_ONLY"`
	Allow        string           `help:"The keys of those who may enter, with --invite-only, in the same format." env:"TEAHOUSE_ALLOW" placeholder:"FILE"`
	NameAge      time.Duration    `help:"A name is free after so long without its owner; 0 is never. One that was used on one day only is free after 30 days at most. By default: ${default}." env:"TEAHOUSE_NAME_AGE" default:"180d" placeholder:"TIME"`
	Limits       string           `help:"Hold people to the limits: ${enum}. By default: ${default}." env:"TEAHOUSE_LIMITS" enum:"on,off" default:"on" placeholder:"WHETHER"`
	Limit        limits           `embed:"" prefix:"limit-"`
	Metrics      string           `help:"Serve metrics for Prometheus, and whether the house is ready, by HTTP at HOST:PORT; a PORT alone is for this machine." env:"TEAHOUSE_METRICS" placeholder:"ADDR"`
	Balancers    []balancerNet    `name:"proxy-protocol" help:"Connections from these networks come through a load balancer, and begin with a PROXY protocol header; separated by commas." env:"TEAHOUSE_PROXY_PROTOCOL" placeholder:"CIDR"`
	Pprof        string           `help:"Serve Go's profiles of this process by HTTP at PORT, to this machine alone." env:"TEAHOUSE_PPROF" placeholder:"ADDR"`
	Advertise    advertisedAddr   `help:"Where people find the house when this server stops, HOST or HOST:PORT: they are told." env:"TEAHOUSE_ADVERTISE" placeholder:"ADDRESS"`
	LogLevel     string           `help:"Log this and what is graver, of ${enum}. By default: ${default}." env:"TEAHOUSE_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL"`
	LogFormat    string           `help:"Write the log as one of ${enum}. By default: ${default}." env:"TEAHOUSE_LOG_FORMAT" enum:"text,json" default:"text" placeholder:"FORMAT"`
	LogMask      bool             `name:"log-mask-addresses" help:"Leave out of addresses in the log what tells one from its neighbours: 192.0.2.0 for 192.0.2.7, of IPv6 a /48." env:"TEAHOUSE_LOG_MASK_ADDRESSES"`
	Version      kong.VersionFlag `help:"Print the version and exit."`

	Serve  struct{} `cmd:"" default:"1" help:"Open the house; this is what teahouse does without a command."`
	Backup struct {
		File string `arg:"" help:"Made anew; must not exist."`
	} `cmd:"" help:"Write all that is kept, and the host key, to a file. The house may be open."`
	Restore struct {
		File string `arg:"" help:"What backup has written."`
	} `cmd:"" help:"Make a data directory from a backup or, with --nats, fill NATS servers from it, where no house is yet. The house must be closed."`
	Move    struct{} `cmd:"" help:"Bring all that the data directory has into NATS servers, where no house is yet. The house must be closed."`
	Salvage struct {
		File string `arg:"" help:"Made anew; must not exist."`
	} `cmd:"" help:"Write what can be read of a damaged data directory to a file, for restore, and say what is damaged. The house must be closed; nothing in the directory is changed."`
	Trim struct {
		Yes string `arg:"" optional:"" enum:",yes" default:"" help:"Without it, say what would be erased, and change nothing."`
	} `cmd:"" help:"Have the NATS servers keep no more of what is said than the flags say, and erase the rest. Nodes never do that by themselves."`
	Doctor      struct{}          `cmd:"" help:"Look at all that a house with these flags needs, and say what is wrong and what to do. The house may be open."`
	PrintConfig struct{}          `cmd:"" name:"config" help:"Print what holds, as a configuration file, and where each value is from: the command line, the environment, the file, or the default. Passwords are left out."`
	Health      struct{}          `cmd:"" help:"Ask the house that serves --metrics whether it is ready; exit with 1 where it is not."`
	Help        helpCommand       `cmd:"" help:"Say what the flags and commands are, or explain one command."`
	About       versionCommand    `cmd:"" name:"version" help:"Print the version."`
	Man         manCommand        `cmd:"" help:"Print the manual page."`
	Completion  completionCommand `cmd:"" help:"Print what has a shell complete the command line."`
}

// parser returns what reads flags into c.
func (c *config) parser() (*kong.Kong, error) {
	options := []kong.Option{kong.Name("teahouse"), kong.Description(description), kong.Help(printHelp), kong.Vars{"version": version()}}
	return kong.New(c, append(options, flagMappers()...)...)
}

// BeforeResolve has kong look into the configuration file, once the command line and
// the environment have said which one that is.
func (c *config) BeforeResolve(k *kong.Context) error {
	flags := k.Model.Flags
	named := slices.IndexFunc(flags, func(f *kong.Flag) bool { return f.Name == "config" })
	path, _ := k.FlagValue(flags[named]).(string)
	if path == "" {
		return nil
	}
	file, err := readConfigFile(path)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	k.AddResolver(file)
	return file.check(flags)
}

// parse reads the command line, the environment and the configuration file. For
// --help, --version, the commands of completion.go, help.go and man.go, and for a shell that completes, it prints
// what was asked for and ends the process, which has not begun anything.
//
// The command is serve, backup, restore, move, salvage, trim, doctor, config or health.
func parse(args []string) (c config, command string, err error) {
	parser, err := c.parser()
	if err != nil {
		return c, "", err
	}
	kongcompletion.Register(parser)
	parsed, err := parser.Parse(args)
	if err != nil {
		return c, "", errors.New(userMessage(err))
	}
	command, _, _ = strings.Cut(parsed.Command(), " ")
	return c, command, c.check(command)
}

// check looks at what each flag for itself could not tell, and puts the addresses
// for metrics and profiles into their whole form.
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
		return errors.New("trim: --nats must name the servers; a house without them goes by its flags when it starts")
	case c.Metrics == "" && command == "health":
		return errors.New("health: without --metrics no house can be asked; give the address that it was given")
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

// listenURLs returns what --listen says.
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

// memory returns how much of the talk rooms remember.
func (c config) memory() room.HistoryLimits {
	return room.HistoryLimits{Lines: c.History, Bytes: c.HistoryBytes, Age: c.HistoryAge}
}
