package room

import (
	"fmt"
	"time"
)

// A Phrase is a sentence that the house says to one person: an English format
// string, which is at the same time its key in the catalogue of translations.
type Phrase string

// What the house says. Each is one clear line: what is the matter, and what to
// do about it.
const (
	TextEmpty     Phrase = "Nothing to say: the line is empty."
	TextTooLong   Phrase = "That is too long: a line may have %d bytes. Nothing was said."
	TextMalformed Phrase = "That is not valid UTF-8. Nothing was said."

	NameTaken      Phrase = "The name %s is taken."
	NameEmpty      Phrase = "A name needs at least one character."
	NameTooLong    Phrase = "A name may have %d characters at most."
	NameSpaces     Phrase = "A name may not begin or end with a space."
	NameBar        Phrase = "A name may not contain |."
	NameAddress    Phrase = "A name may not look like an address."
	NameLine       Phrase = "A name may not begin with *, ! or [, nor have a colon at the end of a word."
	NameNotAllowed Phrase = "That name has characters that a name may not have."

	GivenTaken      Phrase = "The name %s is taken, so you are %s here."
	GivenNotAllowed Phrase = "The name you came with cannot be used here, so you are %s."

	TellFormat     Phrase = "Write a private message as to|NAME|TEXT."
	TellNoText     Phrase = "There is no text in that message."
	NoSuchUser     Phrase = "There is nobody named %s here."
	CannotBeTold   Phrase = "%s cannot read private messages: its client does not show them."
	MailboxFull    Phrase = "%s has too many messages waiting. Yours was not delivered; try again soon."
	LetterWaits    Phrase = "%s is away: your message waits to be read."
	CannotWait     Phrase = "%s is away, and your message cannot be kept at the moment. Nothing was sent; try again later."
	UnknownCommand Phrase = "There is no command %s. Ask help for a list."
	Usage          Phrase = "Usage: %s"

	NothingKept  Phrase = "Nothing that was said is kept here."
	NothingFound Phrase = "Nothing was found."
	NoTime       Phrase = "That is no time. Write since 2h, since 18:30 or since 2026-11-20."
	EarlierLines Phrase = "%d more lines before these: /more"
	LaterLines   Phrase = "%d more lines after these: /more"
	NoMore       Phrase = "There is no more to show."
	ForgetMe     Phrase = "Write forget me: you can have removed what you said yourself."
	ForgetKey    Phrase = "You came without a key, so nobody can tell which lines are yours."
	Forgotten    Phrase = "What you said is forgotten, and will be removed from what is kept."
	NotNow       Phrase = "That cannot be read at the moment. Try again later."

	LinesMissed  Phrase = "You read too slowly: %d lines are lost to you."
	IdleSoon     Phrase = "You have been idle for a long time. Type something within %s, or you will be disconnected."
	GoneIdle     Phrase = "You were idle for too long. Goodbye."
	GoneSlow     Phrase = "You did not read what was sent to you. Goodbye."
	GoneStopping Phrase = "The server is stopping. Goodbye."
	GoneFailed   Phrase = "Something went wrong on our side. Please connect again."
)

// Phrases lists every phrase, so that a test can hold the translations against
// it.
func Phrases() []Phrase {
	return []Phrase{
		TextEmpty, TextTooLong, TextMalformed,
		NameTaken, NameEmpty, NameTooLong, NameSpaces, NameBar, NameAddress, NameLine, NameNotAllowed,
		GivenTaken, GivenNotAllowed,
		TellFormat, TellNoText, NoSuchUser, CannotBeTold, MailboxFull, LetterWaits, CannotWait, UnknownCommand, Usage,
		NothingKept, NothingFound, NoTime, EarlierLines, LaterLines, NoMore, ForgetMe, ForgetKey, Forgotten, NotNow,
		LinesMissed, IdleSoon, GoneIdle, GoneSlow, GoneStopping, GoneFailed,
		HelpWho, HelpSay, HelpMsg, HelpNick, HelpHistory, HelpSearch, HelpMore, HelpForget, HelpExport, HelpHelp, HelpQuit,
	}
}

// A Refusal is the error of everything that a user may ask for and not get: a
// phrase and what fills it. It is meant for the user's eyes; nothing changed.
type Refusal struct {
	Phrase Phrase
	Args   []any
}

func refuse(p Phrase, args ...any) *Refusal { return &Refusal{Phrase: p, Args: args} }

// TooLong is the refusal of a line that was too long to be taken in at all.
func TooLong() *Refusal { return refuse(TextTooLong, MaxText) }

// Error returns the sentence in English.
func (r *Refusal) Error() string { return fmt.Sprintf(string(r.Phrase), r.Args...) }

// Event makes the refusal what its user reads.
func (r *Refusal) Event() *Event {
	return &Event{Time: time.Now(), Kind: Refused, Phrase: r.Phrase, Args: r.Args}
}
