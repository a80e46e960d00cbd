package tcpd

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/internal/i18n"
	"teahouse/room"

	"teahouse/internal/reply"
)

// A format renders events in a dialect and a charset. It is the [room.Format] of the lines that
// all readers share.
type format struct {
	*Dialect
	charset Charset
	printer *message.Printer // for sentences that the dialect has no phrase for; nil means that they are not sent
}

func newFormat(d *Dialect, charset Charset) *format {
	v := &format{Dialect: d, charset: charset}
	if d.Language != language.Und {
		v.printer = i18n.New().Printer(d.Language)
	}
	return v
}

// appendEvents appends events to out as the session with the id self reads them.
func (f *format) appendEvents(out []byte, events []*room.Event, self uint64) []byte {
	for _, e := range events {
		out = f.appendEvent(out, e, self)
	}
	return out
}

// appendEvent appends e to out as the session with the id self reads it.
func (f *format) appendEvent(out []byte, e *room.Event, self uint64) []byte {
	switch e.Kind {
	case room.Said:
		if e.User.SessionID == self && !f.Echo {
			return out
		}
	case room.Joined:
		if e.User.SessionID == self {
			return f.appendMessage(out, f.charset.encode(f.expand(f.Welcome, e.User, e)))
		}
	case room.Left:
	default:
		return f.appendMessage(out, f.private(e, self))
	}
	return f.appendMessage(out, e.RenderAs(f))
}

// private renders an event for one session alone.
func (f *format) private(e *room.Event, self uint64) []byte {
	switch {
	case e.Code == wontTimingMark: // not text: it needs no encoding
		return []byte(wontTimingMark)
	case e.Code == unknownCharset && f.printer != nil:
		return f.inAllCharsets(e)
	}
	return f.charset.encode(f.privateText(e, self))
}

// inAllCharsets renders a sentence for a client whose charset is unknown.
func (f *format) inAllCharsets(e *room.Event) []byte {
	english, own := i18n.English(string(e.Code)), f.printer.Sprintf(string(e.Code))
	if own == english {
		return []byte(english + "\n")
	}
	line := fmt.Appendf(nil, "%s / %s / ", english, own)
	return append(append(line, GBK.encode([]byte(own))...), '\n')
}

// appendMessage appends a message to those of the same write. Lines carry their own ending;
// messages of ReadFraming are separated by a newline.
func (f *format) appendMessage(out, msg []byte) []byte {
	if f.Framing == ReadFraming && len(out) > 0 && len(msg) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, '\n')
	}
	return append(out, msg...)
}

// Shared implements [room.Format]: all clients of a server share two formats.
func (*format) Shared() bool { return true }

// Render implements [room.Format]. It renders the lines that all readers share.
func (f *format) Render(e *room.Event) []byte { return f.charset.encode(f.sharedText(e)) }

func (f *format) sharedText(e *room.Event) []byte {
	switch e.Kind {
	case room.Joined:
		return f.expand(f.Joined, e.User, e)
	case room.Left:
		return f.expand(f.Left, e.User, e)
	case room.Said:
		if f.Framing == ReadFraming && e.Verbatim != "" {
			return []byte(e.Verbatim)
		}
		return f.expand(f.Said, e.User, e)
	}
	return nil
}

// privateText renders an event for one session alone, in UTF-8.
func (f *format) privateText(e *room.Event, self uint64) []byte {
	switch e.Kind {
	case room.Renamed:
		if e.User.SessionID == self && !e.User.Unnamed { // a guest does not know its number
			return f.expand(f.Renamed, e.User, e)
		}
	case room.DirectMessage:
		if e.To.SessionID == self {
			return f.expand(f.Told, e.User, e)
		}
		if e.Code != "" {
			return f.sentence(e)
		}
	case room.UsersListed:
		var lines []byte
		for _, who := range e.Users {
			lines = append(lines, f.expand(f.Online, who, e)...)
		}
		return lines
	case room.Refused, room.Noticed, room.LinesDropped, room.Farewell:
		return f.sentence(e)
	}
	return nil
}

// sentence renders a message of the server, in the dialect's own words if it has any.
func (f *format) sentence(e *room.Event) []byte {
	var template string
	switch e.Code {
	case reply.NameTaken, reply.NameOwned:
		template = f.NameTaken
	case reply.MessageFormat:
		template = f.TellFormat
	case reply.NoSuchUser:
		template = f.NoSuchUser
	case reply.MessageEmpty:
		template = f.TellNoText
	case reply.GoodbyeIdle:
		template = f.TimedOut
	}
	switch {
	case template != "":
		who := &room.UserInfo{}
		if len(e.Args) > 0 {
			who.Name, _ = e.Args[0].(string)
		}
		return f.expand(template, who, e)
	case f.printer != nil:
		return []byte(f.printer.Sprintf(string(e.Code), e.Args...) + "\n")
	}
	return nil
}

// displayName returns what a user is called here: the address if there is no name.
func displayName(who *room.UserInfo) string {
	if who.Unnamed {
		return who.Address
	}
	return who.Name
}

// expand fills in a template in one pass: what is filled in is not expanded again.
func (f *format) expand(template string, who *room.UserInfo, e *room.Event) []byte {
	if template == "" {
		return nil
	}
	line := os.Expand(template, func(name string) string {
		switch name {
		case "A":
			return who.Address
		case "N":
			return displayName(who)
		case "T":
			return e.Plain()
		case "OLD":
			return displayName(e.OldUser)
		}
		return ""
	})
	if f.Framing == ReadFraming {
		return []byte(line)
	}
	return append([]byte(line), '\n')
}
