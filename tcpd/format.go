package tcpd

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
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

// appendItems appends items to out as the session with the id self reads them.
func (f *format) appendItems(out []byte, items []room.Item, self uint64) []byte {
	for _, item := range items {
		if e, ok := item.(*room.Event); ok {
			out = f.appendEvent(out, e, self)
		} else {
			out = f.appendMessage(out, f.formatReply(item, self))
		}
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
			return f.appendMessage(out, f.charset.encode(f.expand(f.Welcome, templateArgs{who: e.User})))
		}
	case room.Left:
	default:
		return f.appendMessage(out, f.charset.encode(f.personalText(e, self)))
	}
	return f.appendMessage(out, e.RenderAs(f))
}

// formatReply renders what the server says to one session alone, whose id is self.
func (f *format) formatReply(item room.Item, self uint64) []byte {
	switch r := item.(type) {
	case *room.Notice:
		if r.Code == wontTimingMark { // no text
			return []byte(wontTimingMark)
		}
		return f.formatSentence(r.Sentence)
	case *room.Refused:
		return f.formatSentence(r.Sentence())
	case *room.LinesDropped:
		return f.formatSentence(r.Sentences()[0])
	case *room.Farewell:
		return f.formatSentence(r.Sentence)
	case *room.MessageSent:
		return f.charset.encode(f.messageSentText(r, self))
	case *command.NameKept:
		return f.charset.encode(f.renamedText(r.User, r.Former, self))
	case *builtin.WhoReply:
		var lines []byte
		for _, who := range r.Users {
			lines = append(lines, f.expand(f.Online, templateArgs{who: who})...)
		}
		return f.charset.encode(lines)
	}
	return nil
}

func (f *format) formatSentence(s reply.Sentence) []byte {
	if s.Code == unknownCharset && f.printer != nil {
		return f.inAllCharsets(s.Code)
	}
	return f.charset.encode(f.sentence(s))
}

// inAllCharsets renders a sentence for a client whose charset is unknown.
func (f *format) inAllCharsets(code reply.Code) []byte {
	english, own := i18n.English(string(code)), f.printer.Sprintf(string(code))
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
		return f.expand(f.Joined, templateArgs{who: e.User})
	case room.Left:
		return f.expand(f.Left, templateArgs{who: e.User})
	case room.Said:
		if f.Framing == ReadFraming && e.Verbatim != "" {
			return []byte(e.Verbatim)
		}
		return f.expand(f.Said, templateArgs{who: e.User, text: e.Plain()})
	}
	return nil
}

// personalText renders, in UTF-8, an event that not all readers see in the same way.
func (f *format) personalText(e *room.Event, self uint64) []byte {
	switch e.Kind {
	case room.Renamed:
		return f.renamedText(e.User, e.OldUser, self)
	case room.PrivateMessage:
		if e.To.SessionID == self {
			return f.expand(f.Told, templateArgs{who: e.User, text: e.Plain()})
		}
	}
	return nil
}

// messageSentText renders what the sender of a private message reads: the message itself if it
// went to the sender.
func (f *format) messageSentText(sent *room.MessageSent, self uint64) []byte {
	if sent.Message.To.SessionID == self {
		return f.personalText(sent.Message, self)
	}
	if sent.Note.Code != "" {
		return f.sentence(sent.Note)
	}
	return nil
}

// renamedText renders what a session reads when its own name changed. A guest does not know its
// number.
func (f *format) renamedText(who, old *room.UserInfo, self uint64) []byte {
	if who.SessionID != self || who.Unnamed {
		return nil
	}
	return f.expand(f.Renamed, templateArgs{who: who, old: old})
}

// sentence renders a message of the server, in the dialect's own words if it has any.
func (f *format) sentence(s reply.Sentence) []byte {
	var template string
	switch s.Code {
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
		if len(s.Args) > 0 {
			who.Name, _ = s.Args[0].(string)
		}
		return f.expand(template, templateArgs{who: who})
	case f.printer != nil:
		return []byte(f.printer.Sprintf(string(s.Code), s.Args...) + "\n")
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

// templateArgs are what fills in a template.
type templateArgs struct {
	who, old *room.UserInfo
	text     string
}

// expand fills in a template in one pass: what is filled in is not expanded again.
func (f *format) expand(template string, args templateArgs) []byte {
	if template == "" {
		return nil
	}
	line := os.Expand(template, func(name string) string {
		switch name {
		case "A":
			return args.who.Address
		case "N":
			return displayName(args.who)
		case "T":
			return args.text
		case "OLD":
			return displayName(args.old)
		}
		return ""
	})
	if f.Framing == ReadFraming {
		return []byte(line)
	}
	return append([]byte(line), '\n')
}
