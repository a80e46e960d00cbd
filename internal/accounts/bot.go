package accounts

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"teahouse/internal/names"
	"teahouse/internal/sanitize"
	"teahouse/internal/text"
)

const (
	// MaxBots is how many people are marked as bots.
	MaxBots = 500

	// MaxCommandsPerBot is how many commands one bot may have.
	MaxCommandsPerBot = 20

	// MaxBotParams and maxBotHelp are the most characters of what help shows of one.
	MaxBotParams = 40
	MaxBotHelp   = 80
)

// A Bot is a person whose key its owner marked as a program's, and everybody sees that. The mark is
// the person's, so a bot has a key of its own.
type Bot struct {
	Name     string    `json:"name"` // as it was called when it last told of itself
	Since    time.Time `json:"since"`
	LastSeen time.Time `json:"seen,omitzero"` // when it was here last, to about a day

	Commands []BotCommand `json:"commands,omitempty"` // that people may type; immutable
}

func (b *Bot) Sanitize(_ string, now time.Time) error {
	b.Name, b.Since = names.Sanitize(b.Name), sanitize.Time(b.Since, now)
	b.Commands = slices.DeleteFunc(b.Commands, func(c BotCommand) bool {
		return !IsBotCommandName(c.Name) || !fitsHelpLine(c.Help, MaxBotHelp) || !fitsHelpLine(c.Params, MaxBotParams)
	})
	b.Commands = b.Commands[:min(len(b.Commands), MaxCommandsPerBot)]
	return nil
}

// A BotCommand is what a bot does when people ask it to, as in /deploy staging. What
// it does, and what it answers, is its own.
type BotCommand struct {
	Name   string `json:"name"`
	Params string `json:"params,omitempty"` // as help shows them; the bot gets the text as it was typed
	Help   string `json:"help"`             // one line
}

// Usage returns how one types the command.
func (c *BotCommand) Usage() string { return strings.TrimSpace("/" + c.Name + " " + c.Params) }

// FitsHelp reports whether the command has a help that help may show.
func (c *BotCommand) FitsHelp() bool {
	return c.Help != "" && fitsHelpLine(c.Help, MaxBotHelp) && fitsHelpLine(c.Params, MaxBotParams)
}

// botCommandPattern is what a name of such a command looks like.
var botCommandPattern = regexp.MustCompile(`^[a-z0-9-]{2,20}$`)

// IsBotCommandName reports whether a bot may have a command of that name.
func IsBotCommandName(name string) bool { return botCommandPattern.MatchString(name) }

// fitsHelpLine reports whether a line of help may show s.
func fitsHelpLine(s string, characters int) bool {
	return len(s) <= text.MaxBytes && text.Clean(s) == s && utf8.RuneCountInString(s) <= characters
}
