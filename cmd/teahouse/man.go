package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/cpuguy83/go-md2man/v2/md2man"
)

// A manCommand prints the manual page.
type manCommand struct{}

// AfterApply prints the page and ends the process.
func (manCommand) AfterApply(app *kong.Kong) error {
	if _, err := app.Stdout.Write(manPage(app.Model, sourceDate())); err != nil {
		return err
	}
	app.Exit(exitOK)
	return nil
}

// manPage returns the manual page of a command line, in roff. Its date is the
// source's: the same source makes the same page.
func manPage(app *kong.Application, date string) []byte {
	var page strings.Builder
	title, about, _ := strings.Cut(app.Help, "\n")
	fmt.Fprintf(&page, "%% %s 1 %s\n\n", strings.ToUpper(app.Name), date)
	fmt.Fprintf(&page, "# NAME\n\n%s - %s\n\n", app.Name, strings.TrimSuffix(title, "."))
	fmt.Fprintf(&page, "# SYNOPSIS\n\n**%s** [*flags*] [*command*]\n\n", app.Name)
	// What stands apart in the help is indented by two, in Markdown by four.
	fmt.Fprintf(&page, "# DESCRIPTION\n\n%s\n\n", strings.ReplaceAll(about, "\n  ", "\n    "))
	page.WriteString("# COMMANDS\n\n")
	for _, command := range app.Leaves(true) {
		fmt.Fprintf(&page, "**%s**", command.Name)
		for _, arg := range command.Positional {
			fmt.Fprintf(&page, " *%s*", strings.ToUpper(arg.Name))
		}
		fmt.Fprintf(&page, "\n: %s\n\n", command.Help)
	}
	page.WriteString("# FLAGS\n\n")
	for _, flag := range app.Flags {
		writeFlag(&page, flag)
	}
	page.WriteString(manPageFooter)
	return md2man.Render([]byte(page.String()))
}

// writeFlag writes what the page says of a flag.
func writeFlag(w io.Writer, flag *kong.Flag) {
	fmt.Fprintf(w, "**--%s**", flag.Name)
	if !flag.IsBool() {
		fmt.Fprintf(w, " *%s*", flag.FormatPlaceHolder())
	}
	for _, variable := range flag.Envs {
		fmt.Fprintf(w, ", **%s**", variable)
	}
	fmt.Fprintf(w, "\n: %s\n\n", flag.Help)
}

// manPageFooter is what the page says below the flags.
const manPageFooter = `# SIGNALS

**SIGINT**, **SIGTERM**
: Tell everybody that the server stops, and end it within five seconds; where the
store does not answer, within 45. A second
one ends it at once.

# EXIT STATUS

**0**
: What was asked for is done; for a house, that it was told to stop.

**1**
: It cannot start or go on, or was told to stop twice; the log says why. For
**doctor**, that something is wrong; for **health**, that the house is not ready.

**2**
: It crashed, or was ended by **SIGABRT**, as by a service manager's watchdog; standard
error has the trace.

**74**
: It was told to stop, and not all that was said or set could be stored; the log says how much.

**78**
: There is a mistake on the command line, in the environment or in the configuration
file. Nothing was made.

# SEE ALSO

**ssh**(1), **nc**(1), **systemd**(1)
`
