package tcpd

import (
	"time"

	"golang.org/x/text/language"

	"teahouse/room"
)

// A Dialect is one way of talking over plain TCP. Its phrases are templates:
// $A is the address, $N the name and $T the text of whoever acts, $OLD a
// former name; in an answer $N is the name that was asked for. A phrase that
// is empty is not sent.
type Dialect struct {
	Name          string        // the scheme of the listen URL
	IdleTimeout   time.Duration // 0 means for ever
	Framing       Framing
	CommandSyntax room.Syntax // the commands it has: room.PipeSyntax, or 0

	// Language is what its users are told things in that it has no phrase for;
	// with language.Und they are not told.
	Language language.Tag

	Welcome    string // someone joined, as the newcomer reads it
	Joined     string // ... and as the others do
	Left       string
	Said       string
	Echo       bool // speakers read what they said, too
	Online     string
	Renamed    string
	NameTaken  string
	Told       string
	TellFormat string
	NoSuchUser string
	TellNoText string
	TimedOut   string // before the connection of an idle user closes
}

// A Framing is how a dialect tells one message from the next.
type Framing uint8

const (
	// LineFraming end in \n, or \r\n, or with the input. So do those sent.
	LineFraming Framing = iota
	// ReadFraming takes one read for one message, NAME : TEXT, and sends messages as
	// they came.
	ReadFraming
)

// ForLanguage returns the dialect for people who read a language. The Chinese ones have English
// phrases then, where the house has no sentence that says the same; the framing, the
// commands and where the address stands are as they were.
func (d *Dialect) ForLanguage(lang language.Tag) *Dialect {
	own := *d
	switch {
	case d.Language == language.Und || d.Language == lang:
	case d.Language == language.Chinese:
		own = Dialect{
			Name: d.Name, IdleTimeout: d.IdleTimeout, Framing: d.Framing, CommandSyntax: d.CommandSyntax, Language: lang, Echo: d.Echo,
			Welcome: "[$A]$N:has come in",
			Joined:  "[$A]$N:has come in",
			Left:    "[$A]$N:has left",
			Said:    d.Said,
			Online:  "[$A]$N:is here",
			Renamed: "You are called $N now.",
			Told:    "$N to you alone: $T",
		}
	default:
		own.Language = lang
	}
	return &own
}

// LookupDialect returns the dialect of that name, or nil.
func LookupDialect(name string) *Dialect {
	for _, d := range Dialects() {
		if d.Name == name {
			return d
		}
	}
	return nil
}
