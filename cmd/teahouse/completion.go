package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// A completionCommand prints a completion script for a shell. The script asks teahouse itself
// what may follow, so it is right for whatever version is installed.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: ${enum}."`
}

// AfterApply prints the script and ends the process.
func (c completionCommand) AfterApply(app *kong.Kong) error {
	script := bashCompletion
	switch c.Shell {
	case "zsh":
		script = zshCompletion
	case "fish":
		script = fishCompletion
	}
	if _, err := fmt.Fprint(app.Stdout, script); err != nil {
		return err
	}
	app.Exit(exitOK)
	return nil
}

// The scripts pass the line in COMP_LINE, as bash does, and offer files if teahouse offers
// nothing.
const (
	bashCompletion = "complete -o default -C teahouse teahouse\n"

	// Works in a directory of fpath as well as with source.
	zshCompletion = `#compdef teahouse
compdef _teahouse teahouse

_teahouse() {
  local -a found
  found=(${(f)"$(COMP_LINE="${(j: :)words[1,CURRENT]}" command teahouse)"})
  compset -P 1 '*=' # teahouse offers what follows the =
  compadd -a found || _files
}

[[ $funcstack[1] != _teahouse ]] || _teahouse
`

	fishCompletion = `function __teahouse_found
    set -lx COMP_LINE (commandline -cp | string collect)
    set -l found (command teahouse)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end

complete -c teahouse -f -a '(__teahouse_found)'
`
)
