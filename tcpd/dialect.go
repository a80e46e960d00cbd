package tcpd

import (
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/command"
)

// A Dialect is one way of talking over plain TCP. Its phrases are templates: $A is the address,
// $N the name and $T the text of the user who acts, and $OLD a former name. In an answer, $N is
// the name that was asked for. An empty phrase is not sent.
type Dialect struct {
	Name          string        // the scheme of the listen URL
	IdleTimeout   time.Duration // 0 means no limit
	Framing       Framing
	CommandSyntax command.Syntax // the commands it has: command.PipeSyntax, or 0 for none

	// Language is the language of the server's messages that the dialect has no phrase for. With
	// language.Und they are not sent.
	Language language.Tag

	Welcome    string // for the user who joined
	Joined     string // for the others
	Left       string
	Said       string
	Echo       bool // senders receive their own messages, too
	Online     string
	Renamed    string
	NameTaken  string
	Told       string
	TellFormat string
	NoSuchUser string
	TellNoText string
	TimedOut   string // sent before an idle user is disconnected
}

// A Framing is how a dialect separates messages.
type Framing uint8

const (
	// LineFraming ends each message with \n, in both directions. In input, \r\n and EOF end a
	// message, too.
	LineFraming Framing = iota
	// ReadFraming takes whatever one read returns as a message of the form NAME : TEXT, and
	// passes messages on unchanged.
	ReadFraming
)

// ForLanguage returns the dialect for users who read lang. A Chinese dialect gets English phrases
// where the server has no sentence with the same meaning. Framing, commands and the place of the
// address stay the same.
func (d *Dialect) ForLanguage(lang language.Tag) *Dialect {
	own := *d
	switch {
	case d.Language == language.Und || d.Language == lang:
	case d.Language == language.Chinese:
		own = Dialect{
			Name: d.Name, IdleTimeout: d.IdleTimeout, Framing: d.Framing, CommandSyntax: d.CommandSyntax, Language: lang, Echo: d.Echo,
			Welcome: "[$A]$N:joined",
			Joined:  "[$A]$N:joined",
			Left:    "[$A]$N:left",
			Said:    d.Said,
			Online:  "[$A]$N:online",
			Renamed: "You are now called $N.",
			Told:    "[$N to you] $T",
		}
	default:
		own.Language = lang
	}
	return &own
}

// LookupDialect returns the dialect with the given name, or nil.
func LookupDialect(name string) *Dialect {
	for _, d := range Dialects() {
		if d.Name == name {
			return d
		}
	}
	return nil
}
