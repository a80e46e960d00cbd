package command

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"teahouse/internal/names"
	"teahouse/internal/text"
	"teahouse/room"
)

const (
	// lookalikeBars are characters that look like bars.
	lookalikeBars = "¦│┃丨∣"

	// maxCommandNameBytes limits the length of a command's name with the quotes and signs around
	// it.
	maxCommandNameBytes = 100
)

// quotes returns the quotation marks that may enclose a name. Each group has opening and closing
// ones.
func quotes() []string { return []string{"\"＂“”„‟", "‘’‚‛", "「」", "『』"} }

// NormalizeName returns a command's name as the table spells it, however wide it was typed.
func NormalizeName(name string) string {
	if len(name) > maxCommandNameBytes {
		return name
	}
	return width.Fold.String(strings.TrimSpace(text.Clean(name)))
}

// parsePipe finds the command of a line in PipeSyntax: the bare name, or the name followed by | and
// parameters. A longer word that begins with a command's name is not a command.
func parsePipe(line string) (c *Command, args string, ok bool) {
	name, args, bar := line, "", rune(0)
	if i := strings.IndexAny(line, names.PipeBars+lookalikeBars); i >= 0 {
		r, size := utf8.DecodeRuneInString(line[i:])
		name, args, bar = line[:i], line[i+size:], r
	}
	if name = NormalizeName(name); bar != 0 {
		name = strings.ToLower(name)
	}
	for _, c := range table {
		if c.PipeName == "" || c.PipeName != name || (bar != 0) != (len(c.Params) > 0) {
			continue
		}
		if strings.ContainsRune(lookalikeBars, bar) {
			return c, "", c.Private // the refusal says how to write it
		}
		return c, args, true
	}
	return nil, "", false
}

// splitBars splits the text after a command's name in PipeSyntax into n parameters. The last one
// takes the rest.
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

// A slashLine is a line that begins with a slash: a command, or text to say.
type slashLine struct {
	name, args string
	text       string // the text to say if it is not a command
}

// parseSlash parses a line that begins with a slash, or with the character that an input method has
// on that key. For all other lines ok is false.
func (s *Runner) parseSlash(line string) (sl slashLine, ok bool) {
	begin := strings.TrimLeftFunc(line, text.IsInvisible)
	slash, size := utf8.DecodeRuneInString(begin)
	if begin == "" || !strings.ContainsRune("/／、", slash) {
		return slashLine{}, false
	}
	rest := begin[size:]
	typed, args := text.CutWord(rest)
	sl = slashLine{name: NormalizeName(typed), args: args}
	next, size := utf8.DecodeRuneInString(rest)
	switch {
	case begin != line || slash == '、': // ordinary text may begin like this
		known := s.isCommandName(sl.name) || aliasElsewhere(sl.name) != ""
		return sl, known || (slash == '、' || len(sl.name) > 2) && nearestCommand(s, sl.name, SlashSyntax) != ""
	case (next == '/' || next == '／') && len(typed) > size: // a doubled slash says text that begins with a slash
		return slashLine{text: rest}, true
	case s.isPathOrComment(sl):
		return slashLine{text: line}, true
	}
	return sl, true
}

// isPathOrComment reports whether a line that begins with a slash is a path or a comment, not a
// command. Anything that might be a private message is not.
func (s *Runner) isPathOrComment(sl slashLine) bool {
	if sl.name == "" {
		next, _ := text.CutWord(sl.args)
		return next != "" && !s.isCommandName(NormalizeName(next))
	}
	return strings.ContainsAny(sl.name, "/.") && !s.isPrivateCommand(sl.name)
}

// isCommandName reports whether a command, or a bot's command, has that name.
func (s *Runner) isCommandName(name string) bool {
	return Find(name, SlashSyntax) != nil || isBotCommand(s.Hub(), name)
}

// isPrivateCommand reports whether a word is the name of a private command, in any case, or such a
// name followed by / or . and more.
func (s *Runner) isPrivateCommand(name string) bool {
	if i := strings.IndexAny(name, "/."); i >= 0 {
		name = name[:i]
	}
	c := Find(strings.ToLower(name), SlashSyntax)
	return c != nil && c.Private
}

// normalizeArgs returns a command's parameters in normal form: names lose what people write around
// them, and everything but texts may have been typed in wide characters.
func (s *Runner) normalizeArgs(c *Command, args []string) []string {
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

// stripAddressing removes from a name what people write around it to address somebody, as in @bob
// or bob: or “bob”, unless a user really has that name.
func (s *Runner) stripAddressing(name string) string {
	bare := name
	if quoted, rest, ok := unquote(name); ok && rest == "" {
		bare = quoted
	}
	bare = strings.TrimPrefix(strings.TrimPrefix(bare, "@"), "＠")
	if !strings.HasSuffix(bare, "::") { // addresses may end like this
		if r, size := utf8.DecodeLastRuneInString(bare); strings.ContainsRune(":：,，", r) {
			bare = bare[:len(bare)-size]
		}
	}
	if bare == name || bare == "" || room.FindUser(s.Session, name) != nil {
		return name
	}
	return bare
}

// unquote cuts a quoted string off the beginning of s.
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

// splitParams splits the rest of a line into parameters; the last one takes everything that is
// left. Names may contain spaces: a name before a text takes as many words as make up a known name.
// Names may also be quoted.
func (s *Runner) splitParams(rest string, params []string) []string {
	if len(params) == 0 || rest == "" {
		return nil
	}
	named := isNameParam(params[0])
	if name, after, ok := unquote(rest); ok && named {
		return nameAndText(name, after)
	}
	if len(params) == 1 {
		return []string{rest}
	}
	first, _, _ := strings.Cut(rest, "\n") // a name never continues on the next line
	words := strings.Fields(first)
	if !named {
		last := text.SkipWords(rest, 1)
		if name, _, ok := unquote(last); ok && isNameParam(params[1]) {
			last = name
		}
		return nameAndText(words[0], last)
	}
	most := 1
	for length := len(words[0]); most < len(words) && length <= names.MaxBytes; most++ {
		length += 1 + len(words[most])
	}
	for i := most; i > 1; i-- {
		if name := s.stripAddressing(strings.Join(words[:i], " ")); s.Hub().FindUser(name) != nil {
			return nameAndText(name, text.SkipWords(rest, i))
		}
	}
	// No space follows a full-width colon.
	if name, text, ok := strings.Cut(rest, "："); ok && s.Hub().FindUser(words[0]) == nil && s.Hub().FindUser(s.stripAddressing(name)) != nil {
		return nameAndText(name, strings.TrimSpace(text))
	}
	return nameAndText(words[0], text.SkipWords(rest, 1))
}

// isNameParam reports whether a parameter is, or may be, the name of a person or room.
func isNameParam(param string) bool {
	return strings.Contains(param, "NAME") || strings.Contains(param, "ROOM")
}

func nameAndText(name, text string) []string {
	if text == "" {
		return []string{name}
	}
	return []string{name, text}
}
