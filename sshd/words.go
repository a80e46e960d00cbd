package sshd

import (
	"regexp"
	"strings"

	"github.com/kballard/go-shellquote"

	"teahouse/room"
)

// An order is what somebody asks for, as in ssh host who --json.
type order struct {
	words []string // the command and its parameters; never none
	json  bool     // the answer is to be JSON lines
	room  string   // where it is to be done; "" is the lobby
	since string   // of follow; "" is now
}

// readOrder reads flags out of the words of a command: those before its name and
// those right after it, up to the first word that is no flag. What comes then is the
// command's own, so that one can say anything; -- ends the flags, too. A flag that is
// misspelt must not be said aloud. With a command that only [looksUp] something they may
// come last, too. The error is a [*room.Refusal].
func readOrder(words []string) (*order, error) {
	o := &order{}
	rest, err := o.readFlags("COMMAND", words)
	if err != nil {
		return nil, err
	}
	if len(rest) == 0 {
		rest = []string{""}
	}
	name := rest[0]
	if rest, err = o.readFlags(name, rest[1:]); err != nil {
		return nil, err
	}
	switch {
	case len(rest) > 0 && rest[0] == "--":
		rest = rest[1:]
	case looksUp(name):
		if rest, err = o.readFlagsAmong(name, rest); err != nil {
			return nil, err
		}
	}
	o.words = append([]string{name}, rest...)
	switch {
	case o.since == "":
		return o, nil
	case name != "follow":
		return nil, noFlag("--since", name)
	case len(rest) > 0:
		return nil, usage(flagsOf(name))
	}
	o.words = append(o.words, o.since)
	return o, nil
}

// readFlags reads the flags that words begin with, for the command of a name, and
// returns the other words.
func (o *order) readFlags(name string, words []string) ([]string, error) {
	values := map[string]*string{"--room": &o.room, "--since": &o.since}
	for len(words) > 0 && isFlag(words[0]) {
		flag, value, inOne := strings.Cut(words[0], "=")
		words = words[1:]
		into := values[flag]
		switch {
		case flag == "--json" && !inOne:
			o.json = true
			continue
		case into == nil:
			return nil, noFlag(flag, name)
		case !inOne && len(words) > 0 && !isFlag(words[0]):
			value, words = words[0], words[1:]
		}
		if value == "" {
			return nil, &room.Refusal{Phrase: room.FlagValue, Args: []any{flag, flagsOf(name)}}
		}
		*into = value
	}
	return words, nil
}

// looksUp reports whether a command only looks something up, by words that seldom begin
// with --.
func looksUp(name string) bool { return name == "history" || name == "search" || name == "whois" }

// readFlagsAmong reads the flags that stand anywhere among words, up to --.
func (o *order) readFlagsAmong(name string, words []string) (others []string, err error) {
	for len(words) > 0 {
		if words[0] == "--" {
			return append(others, words[1:]...), nil
		}
		if !isFlag(words[0]) {
			others, words = append(others, words[0]), words[1:]
			continue
		}
		if words, err = o.readFlags(name, words); err != nil {
			return nil, err
		}
	}
	return others, nil
}

func isFlag(word string) bool { return strings.HasPrefix(word, "--") && word != "--" }

// flagsOf tells how a command is written with its flags.
func flagsOf(name string) string {
	how := room.Clean(name) + " [--json] [--room ROOM]"
	if name == "follow" {
		return how + " [--since ID|last|TIME]"
	}
	return how + " [--] ..."
}

func noFlag(flag, name string) *room.Refusal {
	return &room.Refusal{Phrase: room.NoFlag, Args: []any{room.Clean(flag), flagsOf(name)}}
}

func usage(how string) *room.Refusal { return &room.Refusal{Phrase: room.Usage, Args: []any{how}} }

// beginsWord finds a word that begins with a quote.
var beginsWord = regexp.MustCompile(`(^|[\s\x00])["']`)

// newLine marks, while a command is cut into words, what begins a line.
const newLine = "\x00"

// words returns the words of the session's command; see split.
func (c *session) words() ([]string, error) { return split(c.RawCommand()) }

// split returns the words of a command, quoted as a shell quotes them. A word that
// begins a line of a text begins with a newline. A quote that is never closed is an
// error, a [*room.Refusal]; but where it can only be an apostrophe, as in ssh host say
// it is the dog's, the words are what stands between spaces.
func split(command string) ([]string, error) {
	command = strings.Trim(strings.ReplaceAll(command, newLine, ""), "\n")
	command = strings.ReplaceAll(command, "\n", "\n"+newLine)
	words, err := shellquote.Split(command)
	switch {
	case err == nil:
	case err == shellquote.UnterminatedDoubleQuoteError, beginsWord.MatchString(command):
		return nil, &room.Refusal{Phrase: room.OpenQuote}
	default:
		words = strings.Fields(command)
	}
	for i, word := range words {
		words[i] = strings.ReplaceAll(strings.ReplaceAll(word, "\n"+newLine, "\n"), newLine, "\n")
	}
	return words, nil
}
