package sshd

import (
	"regexp"
	"strings"

	"github.com/kballard/go-shellquote"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// A commandLine is what somebody asks for, as in ssh host who --json.
type commandLine struct {
	words []string // the command and its parameters; never none
	json  bool     // the answer is to be JSON lines
	room  string   // where it is to be done; "" is the lobby
	since string   // of follow; "" is now
}

// parseCommandLine reads flags out of the words of a command: those before its name and
// those right after it, up to the first word that is no flag. What comes then is the
// command's own, so that one can say anything; -- ends the flags, too. A flag that is
// misspelt must not be said aloud. With a command that only [allowsTrailingFlags] something they may
// come last, too. The error is a [*room.Refusal].
func parseCommandLine(words []string) (*commandLine, error) {
	o := &commandLine{}
	rest, err := o.parseFlags("COMMAND", words)
	if err != nil {
		return nil, err
	}
	if len(rest) == 0 {
		rest = []string{""}
	}
	name := rest[0]
	if rest, err = o.parseFlags(name, rest[1:]); err != nil {
		return nil, err
	}
	switch {
	case len(rest) > 0 && rest[0] == "--":
		rest = rest[1:]
	case allowsTrailingFlags(name):
		if rest, err = o.parseInterspersedFlags(name, rest); err != nil {
			return nil, err
		}
	}
	o.words = append([]string{name}, rest...)
	switch {
	case o.since == "":
		return o, nil
	case name != "follow":
		return nil, unknownFlag("--since", name)
	case len(rest) > 0:
		return nil, usageError(usageLine(name))
	}
	o.words = append(o.words, o.since)
	return o, nil
}

// parseFlags reads the flags that words begin with, for the command of a name, and
// returns the other words.
func (l *commandLine) parseFlags(name string, words []string) ([]string, error) {
	values := map[string]*string{"--room": &l.room, "--since": &l.since}
	for len(words) > 0 && isFlag(words[0]) {
		flag, value, inOne := strings.Cut(words[0], "=")
		words = words[1:]
		into := values[flag]
		switch {
		case flag == "--json" && !inOne:
			l.json = true
			continue
		case into == nil:
			return nil, unknownFlag(flag, name)
		case !inOne && len(words) > 0 && !isFlag(words[0]):
			value, words = words[0], words[1:]
		}
		if value == "" {
			return nil, &reply.Refusal{Code: reply.FlagNeedsValue, Args: []any{flag, usageLine(name)}}
		}
		*into = value
	}
	return words, nil
}

// allowsTrailingFlags reports whether a command only looks something up, by words that seldom begin
// with --.
func allowsTrailingFlags(name string) bool {
	return name == "history" || name == "search" || name == "whois"
}

// parseInterspersedFlags reads the flags that stand anywhere among words, up to --.
func (l *commandLine) parseInterspersedFlags(name string, words []string) (others []string, err error) {
	for len(words) > 0 {
		if words[0] == "--" {
			return append(others, words[1:]...), nil
		}
		if !isFlag(words[0]) {
			others, words = append(others, words[0]), words[1:]
			continue
		}
		if words, err = l.parseFlags(name, words); err != nil {
			return nil, err
		}
	}
	return others, nil
}

func isFlag(word string) bool { return strings.HasPrefix(word, "--") && word != "--" }

// usageLine tells how a command is written with its flags.
func usageLine(name string) string {
	how := text.Clean(name) + " [--json] [--room ROOM]"
	if name == "follow" {
		return how + " [--since ID|last|TIME]"
	}
	return how + " [--] ..."
}

func unknownFlag(flag, name string) *reply.Refusal {
	return &reply.Refusal{Code: reply.UnknownFlag, Args: []any{text.Clean(flag), usageLine(name)}}
}

func usageError(how string) *reply.Refusal {
	return &reply.Refusal{Code: reply.Usage, Args: []any{how}}
}

// openingQuote finds a word that begins with a quote.
var openingQuote = regexp.MustCompile(`(^|[\s\x00])["']`)

// lineMark marks, while a command is cut into words, what begins a line.
const lineMark = "\x00"

// commandWords returns the words of the session's command; see split.
func (s *session) commandWords() ([]string, error) { return splitCommand(s.RawCommand()) }

// splitCommand returns the words of a command, quoted as a shell quotes them. A word that
// begins a line of a text begins with a newline. A quote that is never closed is an
// error, a [*room.Refusal]; but where it can only be an apostrophe, as in ssh host say
// it is the dog's, the words are what stands between spaces.
func splitCommand(command string) ([]string, error) {
	command = strings.Trim(strings.ReplaceAll(command, lineMark, ""), "\n")
	command = strings.ReplaceAll(command, "\n", "\n"+lineMark)
	words, err := shellquote.Split(command)
	switch {
	case err == nil:
	case err == shellquote.UnterminatedDoubleQuoteError, openingQuote.MatchString(command):
		return nil, &reply.Refusal{Code: reply.UnclosedQuote}
	default:
		words = strings.Fields(command)
	}
	for i, word := range words {
		words[i] = strings.ReplaceAll(strings.ReplaceAll(word, "\n"+lineMark, "\n"), lineMark, "\n")
	}
	return words, nil
}
