package room

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Input methods write signs, digits and quotes as wide as a Han character, and copied text
// begins with what nobody sees. A command is one however it is written: to｜bob｜hi,
// ／history ３, 、help, /whois “bob”. What is said is left as it was typed. And what
// nearly is a private message is refused: it must not be read by all.

const (
	// bars part what a command in the original form is made of. No name has one.
	bars = "|｜￨"

	// almostBars look like them.
	almostBars = "¦│┃丨∣"

	// maxSpelled is the most bytes that a command's name may take, with what is around it.
	maxSpelled = 100
)

// quotes are those that may stand around a name: each group has what opens and closes.
func quotes() []string { return []string{"\"＂“”„‟", "‘’‚‛", "「」", "『』"} }

// spelled returns a command's name as the table has it, however wide it was written.
func spelled(name string) string {
	if len(name) > maxSpelled {
		return name
	}
	return width.Fold.String(strings.TrimSpace(Clean(name)))
}

// piped finds the command that line is in the original form: its name alone,
// or followed by | and parameters. Longer words that begin with a command's
// name are no command.
func (h *House) piped(line string) (c *Command, args string, ok bool) {
	name, args, bar := line, "", rune(0)
	if i := strings.IndexAny(line, bars+almostBars); i >= 0 {
		r, size := utf8.DecodeRuneInString(line[i:])
		name, args, bar = line[:i], line[i+size:], r
	}
	if name = spelled(name); bar != 0 {
		name = strings.ToLower(name)
	}
	for _, c := range h.commands {
		if c.Piped == "" || c.Piped != name || (bar != 0) != (len(c.Params) > 0) {
			continue
		}
		if strings.ContainsRune(almostBars, bar) {
			return c, "", c.Private // which tells how it is written
		}
		return c, args, true
	}
	return nil, "", false
}

// cutBars cuts what follows a command's name in the original form into n parameters, of
// which the last takes all that is left.
func cutBars(rest string, n int) (args []string) {
	if n == 0 {
		return nil
	}
	for len(args) < n-1 {
		i := strings.IndexAny(rest, bars)
		if i < 0 {
			break
		}
		_, size := utf8.DecodeRuneInString(rest[i:])
		args, rest = append(args, rest[:i]), rest[i+size:]
	}
	return append(args, rest)
}

// A slashed line is one that begins with a slash, as lines do at a terminal: a command,
// or a text to say.
type slashed struct {
	name, args string
	text       string // where it is no command
}

// slashed reads a line that begins with a slash, or with what an input method has on
// that key. It is not ok for all else.
func (u *User) slashed(line string) (s slashed, ok bool) {
	begin := strings.TrimLeftFunc(line, isBlank)
	slash, size := utf8.DecodeRuneInString(begin)
	if begin == "" || !strings.ContainsRune("/／、", slash) {
		return slashed{}, false
	}
	rest := begin[size:]
	typed, args := word(rest)
	s = slashed{name: spelled(typed), args: args}
	next, size := utf8.DecodeRuneInString(rest)
	switch {
	case begin != line || slash == '、': // somebody's text may begin so, too
		known := u.isCommand(s.name) || calledElsewhere(s.name) != ""
		return s, known || (slash == '、' || len(s.name) > 2) && u.nearest(s.name, Slashed) != ""
	case (next == '/' || next == '／') && len(typed) > size: // how one says what begins with /
		return slashed{text: rest}, true
	case u.isText(s):
		return slashed{text: line}, true
	}
	return s, true
}

// isText reports whether what begins with a slash is no command all the same: a comment,
// or a path. A private message that is written like one is none.
func (u *User) isText(s slashed) bool {
	if s.name == "" {
		next, _ := word(s.args)
		return next != "" && !u.isCommand(spelled(next))
	}
	return strings.ContainsAny(s.name, "/.") && !u.isPrivate(s.name)
}

// isCommand reports whether there is a command of that name, a bot's among them.
func (u *User) isCommand(name string) bool {
	return u.house.command(name, Slashed) != nil || slices.Contains(u.house.botCommands(name), name)
}

// isPrivate reports whether a word begins with the name of a command that speaks to one
// person, in whatever case, and with nothing else but a sign.
func (u *User) isPrivate(name string) bool {
	if i := strings.IndexAny(name, "/."); i >= 0 {
		name = name[:i]
	}
	c := u.house.command(strings.ToLower(name), Slashed)
	return c != nil && c.Private
}

// isBlank reports whether nobody sees a character.
func isBlank(r rune) bool { return unicode.IsSpace(r) || unwanted(r) }

// spelledArgs returns the parameters of a command as it reads them: of names what is
// written around them is left out, and all else but texts may be as wide as one likes.
func (u *User) spelledArgs(c *Command, args []string) []string {
	args = slices.Clone(args)
	for i := range args {
		switch param := strings.Trim(c.Params[i], "[]#"); {
		case c.Verbatim, strings.Contains(param, "TEXT"), strings.Contains(param, "WHY"), strings.Contains(param, "WORDS"), param == "ROOM":
		case param == "NAME":
			args[i] = u.addressed(args[i])
		default:
			args[i] = u.addressed(width.Fold.String(args[i]))
		}
	}
	return args
}

// addressed returns a name without what people write around it when they speak to
// somebody, as in @bob or bob: or “bob”, unless somebody is called so.
func (u *User) addressed(name string) string {
	bare := name
	if quoted, rest, ok := unquote(name); ok && rest == "" {
		bare = quoted
	}
	bare = strings.TrimPrefix(strings.TrimPrefix(bare, "@"), "＠")
	if !strings.HasSuffix(bare, "::") { // as addresses end
		if r, size := utf8.DecodeLastRuneInString(bare); strings.ContainsRune(":：,，", r) {
			bare = bare[:len(bare)-size]
		}
	}
	if bare == name || bare == "" || u.find(name) != nil {
		return name
	}
	return bare
}

// roomName returns a room's name without the sign before it.
func roomName(name string) string {
	if rest, ok := strings.CutPrefix(name, "#"); ok {
		return rest
	}
	return strings.TrimPrefix(name, "＃")
}

// unquote cuts off what s begins with, where that stands between quotes.
func unquote(s string) (quoted, rest string, ok bool) {
	first, size := utf8.DecodeRuneInString(s)
	for _, group := range quotes() {
		if s == "" || !strings.ContainsRune(group, first) {
			continue
		}
		end := strings.IndexAny(s[size:], group)
		if end < 0 {
			return "", "", false
		}
		quoted, rest = s[size:size+end], s[size+end:]
		_, size = utf8.DecodeRuneInString(rest)
		return quoted, strings.TrimSpace(rest[size:]), true
	}
	return "", "", false
}
