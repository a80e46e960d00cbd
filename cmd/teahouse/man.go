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

// manPage returns the manual page of a command line in roff. Its date is that of the source, so
// the same source always gives the same page.
func manPage(app *kong.Application, date string) []byte {
	var page strings.Builder
	title, about, _ := strings.Cut(app.Help, "\n")
	fmt.Fprintf(&page, "%% %s 1 %s\n\n", strings.ToUpper(app.Name), date)
	fmt.Fprintf(&page, "# NAME\n\n%s - %s\n\n", app.Name, strings.TrimSuffix(title, "."))
	fmt.Fprintf(&page, "# SYNOPSIS\n\n**%s** [*flags*] [*command*]\n\n", app.Name)
	// Indented text is indented by two in the help and by four in Markdown.
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

// writeFlag writes what the page says about a flag.
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

// manPageFooter is the part of the page below the flags.
const manPageFooter = `# SIGNALS

**SIGINT**, **SIGTERM**
: Tell everyone that the server is stopping, and stop within five seconds, or within 45 if
the store doesn't answer. A second signal ends the process at once.

**SIGHUP**
: Read the configuration file and the files of keys again.

# EXIT STATUS

**0**
: Done; or the server stopped when it was told to.

**1**
: The server can't start or continue, or got a second signal; the log says why. **doctor**: something
is wrong. **health**: the server is not ready.

**2**
: The server crashed, or **SIGABRT** ended it, for example from a service manager's watchdog. Standard
error has the trace.

**74**
: The server stopped when it was told to, but couldn't store everything; the log says how much is missing.

**78**
: There is a mistake on the command line, in the environment or in the configuration
file. Nothing was done.

# SEE ALSO

**ssh**(1), **nc**(1), **systemd**(1)
`
