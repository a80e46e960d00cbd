package sshd

import (
	"slices"
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
// command's own, so that one can say anything; -- ends the flags, too. The error is
// a [*room.Refusal].
func readOrder(words []string) (*order, error) {
	o := &order{}
	rest, err := o.readFlags(words)
	if err != nil {
		return nil, err
	}
	if len(rest) == 0 {
		rest = []string{""}
	}
	name := rest[0]
	if rest, err = o.readFlags(rest[1:]); err != nil {
		return nil, err
	}
	if len(rest) > 0 && rest[0] == "--" {
		rest = rest[1:]
	}
	o.words = append([]string{name}, rest...)
	if o.since == "" {
		return o, nil
	}
	if name != "follow" || len(rest) > 0 {
		return nil, usage("follow [--json] [--room ROOM] [--since ID|last|TIME]")
	}
	o.words = append(o.words, o.since)
	return o, nil
}

// readFlags reads the flags that words begin with, and returns the other words.
func (o *order) readFlags(words []string) ([]string, error) {
	for len(words) > 0 {
		flag, value, inOne := strings.Cut(words[0], "=")
		var into *string
		switch flag {
		case "--json":
			if inOne {
				return nil, usage("--json")
			}
			o.json = true
			words = words[1:]
			continue
		case "--room":
			into = &o.room
		case "--since":
			into = &o.since
		default:
			return words, nil
		}
		words = words[1:]
		if !inOne {
			if len(words) == 0 {
				return nil, usage(flag + " ...")
			}
			value, words = words[0], words[1:]
		}
		if value == "" {
			return nil, usage(flag + " ...")
		}
		*into = value
	}
	return words, nil
}

func usage(how string) *room.Refusal { return &room.Refusal{Phrase: room.Usage, Args: []any{how}} }

// words returns the words of the command, quoted as a shell quotes them. Where
// a quote is never closed, as in ssh host say it is the dog's, the words are
// what stands between spaces.
func (c *session) words() []string {
	words, err := shellquote.Split(c.RawCommand())
	if err != nil {
		words = strings.Fields(c.RawCommand())
	}
	if len(words) == 0 {
		return []string{""}
	}
	return slices.Clip(words)
}
