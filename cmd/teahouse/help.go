package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// A helpCommand does what --help does.
type helpCommand struct {
	Command string `arg:"" optional:"" help:"The command to explain."`
}

// AfterApply prints the help and ends the process.
func (h helpCommand) AfterApply(app *kong.Kong) error {
	args := []string{"--help"}
	if h.Command != "" {
		args = []string{h.Command, "--help"}
	}
	_, err := app.Parse(args)
	return err
}

// printHelp prints kong's help without its first line, which would say that a command is
// required.
func printHelp(options kong.HelpOptions, k *kong.Context) error {
	if k.Selected() == nil {
		options.NoAppSummary = true
		fmt.Fprintf(k.Stdout, "Usage: %s [flags] [command]\n", k.Model.Name)
	}
	return kong.DefaultHelpPrinter(options, k)
}
