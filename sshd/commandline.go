package sshd

import (
	"regexp"
	"strings"

	"github.com/kballard/go-shellquote"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// A commandLine is a parsed command, as in ssh host who --json.
type commandLine struct {
	words []string // the command and its arguments; never empty
	json  bool     // answer in JSON lines
	room  string   // the room to act in; "" is the lobby
	since string   // of follow; "" is now
}

// parseCommandLine parses the flags among the words of a command: those before its name, and
// those right after it, up to the first word that is not a flag. Everything after that belongs to
// the command, so that one can say anything; -- ends the flags, too. A misspelt flag must not be
// said aloud. Commands that only look something up (allowsTrailingFlags) may also have flags at
// the end. The error is a [*reply.Refusal].
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

// parseFlags parses the flags at the beginning of words, for the named command, and returns the
// other words.
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

// allowsTrailingFlags reports whether a command only looks something up, by words that seldom
// begin with --.
func allowsTrailingFlags(name string) bool {
	return name == "history" || name == "search" || name == "whois"
}

// parseInterspersedFlags parses the flags anywhere among words, up to --.
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

// usageLine says how to write a command with its flags.
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

// openingQuote matches the beginning of a word that begins with a quote.
var openingQuote = regexp.MustCompile(`(^|[\s\x00])["']`)

// lineMark marks the beginning of a line while a command is split into words.
const lineMark = "\x00"

// commandWords returns the words of the session's command; see splitCommand.
func (s *session) commandWords() ([]string, error) { return splitCommand(s.RawCommand()) }

// splitCommand splits a command into words, quoted as in a shell. A word at the beginning of a
// further line begins with a newline. A quote that is never closed is an error, a
// [*reply.Refusal], unless it can only be an apostrophe, as in ssh host say it is the dog's: then
// the command is split at spaces.
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
