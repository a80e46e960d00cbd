package tcpd

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/i18n"
	"teahouse/room"
)

// A voice shows events in a dialect and a charset. It is a [room.Voice] for the lines
// that all readers share.
type voice struct {
	*Dialect
	charset Charset
	house   *message.Printer // what the dialect has no phrase for; nil says nothing
}

func newVoice(d *Dialect, charset Charset) *voice {
	v := &voice{Dialect: d, charset: charset}
	if d.Language != language.Und {
		v.house = i18n.New().Printer(d.Language)
	}
	return v
}

// showAll appends events to out as the user whose id is self reads them.
func (v *voice) showAll(out []byte, events []*room.Event, self uint64) []byte {
	for _, e := range events {
		out = v.show(out, e, self)
	}
	return out
}

// show appends e to out as the user whose id is self reads it.
func (v *voice) show(out []byte, e *room.Event, self uint64) []byte {
	switch e.Kind {
	case room.Said:
		if e.Who.ID == self && !v.Echo {
			return out
		}
	case room.Joined:
		if e.Who.ID == self {
			return v.add(out, v.charset.encode(v.expand(v.Welcome, e.Who, e)))
		}
	case room.Left:
	default:
		return v.add(out, v.own(e, self))
	}
	return v.add(out, e.As(v))
}

// own returns what concerns one user alone.
func (v *voice) own(e *room.Event, self uint64) []byte {
	switch {
	case e.Phrase == notMarking: // no text
		return []byte(notMarking)
	case e.Phrase == neither && v.house != nil:
		return v.inEachCharset(e)
	}
	return v.charset.encode(v.ownText(e, self))
}

// inEachCharset returns a sentence for somebody whose charset nobody knows.
func (v *voice) inEachCharset(e *room.Event) []byte {
	english, own := i18n.New().Printer(language.English).Sprintf(string(e.Phrase)), v.house.Sprintf(string(e.Phrase))
	if own == english {
		return []byte(english + "\n")
	}
	line := fmt.Appendf(nil, "%s / %s / ", english, own)
	return append(append(line, GBK.encode([]byte(own))...), '\n')
}

// add appends a message to those that leave in the same write. Lines bring
// their own end; of whole messages, a newline keeps one from the next.
func (v *voice) add(out, msg []byte) []byte {
	if v.Framing == Reads && len(out) > 0 && len(msg) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, '\n')
	}
	return append(out, msg...)
}

// Shared is part of [room.Voice]: a server has two voices for all of its clients.
func (*voice) Shared() bool { return true }

// Render returns the lines that all readers share. It is part of [room.Voice].
func (v *voice) Render(e *room.Event) []byte { return v.charset.encode(v.render(e)) }

func (v *voice) render(e *room.Event) []byte {
	switch e.Kind {
	case room.Joined:
		return v.expand(v.Joined, e.Who, e)
	case room.Left:
		return v.expand(v.Left, e.Who, e)
	case room.Said:
		if v.Framing == Reads && e.Verbatim != "" {
			return []byte(e.Verbatim)
		}
		return v.expand(v.Said, e.Who, e)
	}
	return nil
}

// ownText returns what concerns one user alone.
func (v *voice) ownText(e *room.Event, self uint64) []byte {
	switch e.Kind {
	case room.Renamed:
		if e.Who.ID == self && !e.Who.Unnamed { // a guest's number is nothing that it knows
			return v.expand(v.Renamed, e.Who, e)
		}
	case room.Told:
		if e.To.ID == self {
			return v.expand(v.Told, e.Who, e)
		}
		if e.Phrase != "" {
			return v.sentence(e)
		}
	case room.Listed:
		var lines []byte
		for _, who := range e.Online {
			lines = append(lines, v.expand(v.Online, who, e)...)
		}
		return lines
	case room.Refused, room.Noticed, room.Missed, room.Farewell:
		return v.sentence(e)
	}
	return nil
}

// sentence returns what the house says: in the dialect's own words where it
// has some.
func (v *voice) sentence(e *room.Event) []byte {
	var template string
	switch e.Phrase {
	case room.NameTaken, room.NameOwned:
		template = v.NameTaken
	case room.TellFormat:
		template = v.BadTell
	case room.NoSuchUser:
		template = v.Nobody
	case room.TellNoText:
		template = v.NoText
	case room.GoneIdle:
		template = v.Kicked
	}
	switch {
	case template != "":
		who := &room.Who{}
		if len(e.Args) > 0 {
			who.Name, _ = e.Args[0].(string)
		}
		return v.expand(template, who, e)
	case v.house != nil:
		return []byte(v.house.Sprintf(string(e.Phrase), e.Args...) + "\n")
	}
	return nil
}

// called returns what who is called here: by the address where it has no name.
func called(who *room.Who) string {
	if who.Unnamed {
		return who.Address
	}
	return who.Name
}

// expand fills a template in one pass: what is filled in is not looked at
// again.
func (v *voice) expand(template string, who *room.Who, e *room.Event) []byte {
	if template == "" {
		return nil
	}
	line := os.Expand(template, func(name string) string {
		switch name {
		case "A":
			return who.Address
		case "N":
			return called(who)
		case "T":
			return e.Plain()
		case "OLD":
			return called(e.Was)
		}
		return ""
	})
	if v.Framing == Reads {
		return []byte(line)
	}
	return append([]byte(line), '\n')
}
