package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/charmbracelet/log"

	"teahouse/internal/cli"
)

// The subcommands of the program. Those whose type has a method AfterApply, such as help, do
// everything there; run calls the others.
type subcommands struct {
	Serve  struct{} `cmd:"" default:"1" help:"Run the server. This is the default command."`
	Backup struct {
		File string `arg:"" help:"The file to write. It must not exist."`
	} `cmd:"" help:"Write the stored data and the host key to a file. The server may be running."`
	Restore struct {
		File string `arg:"" help:"The file that backup wrote."`
	} `cmd:"" help:"Make a data directory from a backup or, with --nats, fill empty NATS servers from it. The server must be stopped."`
	Move    struct{} `cmd:"" help:"Copy everything in the data directory to empty NATS servers. The server must be stopped."`
	Salvage struct {
		File string `arg:"" help:"The file to write. It must not exist."`
	} `cmd:"" help:"Write what can be read in a damaged data directory to a file for restore, and say what is damaged. The server must be stopped. Nothing in the directory changes."`
	Trim struct {
		Yes string `arg:"" optional:"" enum:",yes" default:"" help:"Without it, only say what would be erased."`
	} `cmd:"" help:"Make the NATS servers keep no more than the flags allow, and erase the rest. Nodes never do that by themselves."`
	Doctor      struct{}          `cmd:"" help:"Check everything a server with these flags needs, and say what is wrong and what to do. The server may be running."`
	PrintConfig struct{}          `cmd:"" name:"config" help:"Print the configuration in effect as a configuration file, and where each value comes from: the command line, the environment, the file, or the default. Passwords are left out."`
	Health      struct{}          `cmd:"" help:"Ask the server at --metrics whether it is ready. The exit code is 1 if it is not."`
	Help        helpCommand       `cmd:"" help:"Explain the flags and commands, or one command."`
	About       versionCommand    `cmd:"" name:"version" help:"Print the version."`
	Man         manCommand        `cmd:"" help:"Print the manual page."`
	Completion  completionCommand `cmd:"" help:"Print the completion script for a shell."`
}

// Exit codes. Go ends a process that crashed with 2, and a service manager should restart it. A
// mistake in the configuration, for which a restart is useless, needs another code.
const (
	exitOK        = 0
	exitFailed    = 1
	exitNotStored = 74 // EX_IOERR of sysexits.h: the server stopped, but could not store everything
	exitConfig    = 78 // EX_CONFIG of sysexits.h
)

// run is the whole program; it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	c, command, err := parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "teahouse: %v\nteahouse --help explains the flags.\n", err)
		return exitConfig
	}
	logger := c.logger(stderr)
	if command != "doctor" && command != "health" { // doctor reports them itself, and health runs again and again
		c.warnUnknownVars(logger)
	}
	switch command {
	case "doctor":
		return runDoctor(c, stdout)
	case "backup":
		err = backup(c, logger, stderr)
	case "restore":
		err = restore(c, logger, stderr)
	case "move":
		err = move(c, logger, stderr)
	case "salvage":
		err = salvage(c, stderr)
	case "trim":
		var code int
		if code, err = trim(c, logger, stdout); err == nil {
			return code
		}
	case "config":
		err = printConfig(c, args, stdout)
	case "health":
		return printHealth(c.Metrics, stdout)
	default:
		err = serve(c, args, logger)
	}
	return exitCode(err, logger)
}

// exitCode returns the exit code for an error, and logs it.
func exitCode(err error, logger *log.Logger) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNotStored): // already logged
		return exitNotStored
	}
	logger.Error("teahouse cannot continue", "err", cli.UserMessage(err))
	return exitFailed
}
