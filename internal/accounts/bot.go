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
	// MaxBots is how many people may be marked as bots.
	MaxBots = 500

	// MaxCommandsPerBot is how many commands one bot may have.
	MaxCommandsPerBot = 20

	// MaxBotParams and MaxBotHelp limit, in characters, what help shows of a command.
	MaxBotParams = 40
	MaxBotHelp   = 80
)

// A Bot is a person whose owner marked the key as a program's, which everybody can see. The mark
// belongs to the person, so a bot needs a key of its own.
type Bot struct {
	Name     string    `json:"name"` // the bot's name when it last registered commands or connected
	Since    time.Time `json:"since"`
	LastSeen time.Time `json:"seen,omitzero"` // when it was last connected, accurate to about a day

	Commands []BotCommand `json:"commands,omitempty"` // the commands that people may type; immutable
}

func (b *Bot) Sanitize(_ string, now time.Time) error {
	b.Name, b.Since = names.Sanitize(b.Name), sanitize.Time(b.Since, now)
	b.Commands = slices.DeleteFunc(b.Commands, func(c BotCommand) bool {
		return !IsBotCommandName(c.Name) || !fitsHelpLine(c.Help, MaxBotHelp) || !fitsHelpLine(c.Params, MaxBotParams)
	})
	b.Commands = b.Commands[:min(len(b.Commands), MaxCommandsPerBot)]
	return nil
}

// A BotCommand is something that a bot does when people ask, as in /deploy staging. Only the bot
// decides what it does and answers.
type BotCommand struct {
	Name   string `json:"name"`
	Params string `json:"params,omitempty"` // as help shows them; the bot gets the text as it was typed
	Help   string `json:"help"`             // one line
}

// Usage returns how to type the command.
func (c *BotCommand) Usage() string { return strings.TrimSpace("/" + c.Name + " " + c.Params) }

// FitsHelp reports whether the command has a help text that help may show.
func (c *BotCommand) FitsHelp() bool {
	return c.Help != "" && fitsHelpLine(c.Help, MaxBotHelp) && fitsHelpLine(c.Params, MaxBotParams)
}

// botCommandPattern matches the names that a bot's command may have.
var botCommandPattern = regexp.MustCompile(`^[a-z0-9-]{2,20}$`)

// IsBotCommandName reports whether a bot may have a command of that name.
func IsBotCommandName(name string) bool { return botCommandPattern.MatchString(name) }

// fitsHelpLine reports whether help may show s on one line of at most so many characters.
func fitsHelpLine(s string, characters int) bool {
	return len(s) <= text.MaxBytes && text.Clean(s) == s && utf8.RuneCountInString(s) <= characters
}
