package room

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"teahouse/internal/names"
	"teahouse/internal/text"
)

// Input methods write signs, digits and quotes as wide as a Han character, and copied text
// begins with what nobody sees. A command is one however it is written: to｜bob｜hi,
// ／history ３, 、help, /whois “bob”. What is said is left as it was typed. And what
// nearly is a private message is refused: it must not be read by all.

const (
	// lookalikeBars look like them.
	lookalikeBars = "¦│┃丨∣"

	// maxCommandNameBytes is the most bytes that a command's name may take, with what is around it.
	maxCommandNameBytes = 100
)

// quotes are those that may stand around a name: each group has what opens and closes.
func quotes() []string { return []string{"\"＂“”„‟", "‘’‚‛", "「」", "『』"} }

// normalizeName returns a command's name as the table has it, however wide it was written.
func normalizeName(name string) string {
	if len(name) > maxCommandNameBytes {
		return name
	}
	return width.Fold.String(strings.TrimSpace(text.Clean(name)))
}

// parsePipe finds the command that line is in the original form: its name alone,
// or followed by | and parameters. Longer words that begin with a command's
// name are no command.
func (h *Hub) parsePipe(line string) (c *Command, args string, ok bool) {
	name, args, bar := line, "", rune(0)
	if i := strings.IndexAny(line, names.PipeBars+lookalikeBars); i >= 0 {
		r, size := utf8.DecodeRuneInString(line[i:])
		name, args, bar = line[:i], line[i+size:], r
	}
	if name = normalizeName(name); bar != 0 {
		name = strings.ToLower(name)
	}
	for _, c := range h.commands {
		if c.PipeName == "" || c.PipeName != name || (bar != 0) != (len(c.Params) > 0) {
			continue
		}
		if strings.ContainsRune(lookalikeBars, bar) {
			return c, "", c.Private // which tells how it is written
		}
		return c, args, true
	}
	return nil, "", false
}

// splitBars cuts what follows a command's name in the original form into n parameters, of
// which the last takes all that is left.
func splitBars(rest string, n int) (args []string) {
	if n == 0 {
		return nil
	}
	for len(args) < n-1 {
		i := strings.IndexAny(rest, names.PipeBars)
		if i < 0 {
			break
		}
		_, size := utf8.DecodeRuneInString(rest[i:])
		args, rest = append(args, rest[:i]), rest[i+size:]
	}
	return append(args, rest)
}

// A slashLine line is one that begins with a slash, as lines do at a terminal: a command,
// or a text to say.
type slashLine struct {
	name, args string
	text       string // where it is no command
}

// parseSlash reads a line that begins with a slash, or with what an input method has on
// that key. It is not ok for all else.
func (s *Session) parseSlash(line string) (sl slashLine, ok bool) {
	begin := strings.TrimLeftFunc(line, text.IsInvisible)
	slash, size := utf8.DecodeRuneInString(begin)
	if begin == "" || !strings.ContainsRune("/／、", slash) {
		return slashLine{}, false
	}
	rest := begin[size:]
	typed, args := text.CutWord(rest)
	sl = slashLine{name: normalizeName(typed), args: args}
	next, size := utf8.DecodeRuneInString(rest)
	switch {
	case begin != line || slash == '、': // somebody's text may begin so, too
		known := s.isCommandName(sl.name) || aliasElsewhere(sl.name) != ""
		return sl, known || (slash == '、' || len(sl.name) > 2) && s.nearestCommand(sl.name, SlashSyntax) != ""
	case (next == '/' || next == '／') && len(typed) > size: // how one says what begins with /
		return slashLine{text: rest}, true
	case s.isPathOrComment(sl):
		return slashLine{text: line}, true
	}
	return sl, true
}

// isPathOrComment reports whether what begins with a slash is no command all the same: a comment,
// or a path. A private message that is written like one is none.
func (s *Session) isPathOrComment(sl slashLine) bool {
	if sl.name == "" {
		next, _ := text.CutWord(sl.args)
		return next != "" && !s.isCommandName(normalizeName(next))
	}
	return strings.ContainsAny(sl.name, "/.") && !s.isPrivateCommand(sl.name)
}

// isCommandName reports whether there is a command of that name, a bot's among them.
func (s *Session) isCommandName(name string) bool {
	return s.hub.command(name, SlashSyntax) != nil || slices.Contains(s.hub.botCommandNames(name), name)
}

// isPrivateCommand reports whether a word begins with the name of a command that speaks to one
// person, in whatever case, and with nothing else but a sign.
func (s *Session) isPrivateCommand(name string) bool {
	if i := strings.IndexAny(name, "/."); i >= 0 {
		name = name[:i]
	}
	c := s.hub.command(strings.ToLower(name), SlashSyntax)
	return c != nil && c.Private
}

// normalizeArgs returns the parameters of a command as it reads them: of names what is
// written around them is left out, and all else but texts may be as wide as one likes.
func (s *Session) normalizeArgs(c *Command, args []string) []string {
	args = slices.Clone(args)
	for i := range args {
		switch param := strings.Trim(c.Params[i], "[]#"); {
		case c.Verbatim, strings.Contains(param, "TEXT"), strings.Contains(param, "WHY"), strings.Contains(param, "WORDS"), param == "ROOM":
		case param == "NAME":
			args[i] = s.stripAddressing(args[i])
		default:
			args[i] = s.stripAddressing(width.Fold.String(args[i]))
		}
	}
	return args
}

// stripAddressing returns a name without what people write around it when they speak to
// somebody, as in @bob or bob: or “bob”, unless somebody is called so.
func (s *Session) stripAddressing(name string) string {
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
	if bare == name || bare == "" || s.findUser(name) != nil {
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
