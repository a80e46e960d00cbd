package sshd

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/look"
	"teahouse/room"
)

// The sentences of this door. As in package room they are English formats, and
// the keys of their translations.
const (
	joinedLine      room.Phrase = "* %s joined"
	leftLine        room.Phrase = "* %s left"
	leftForLine     room.Phrase = "* %s left (%s)"
	crowdJoinedLine room.Phrase = "* %s and %d others joined"
	crowdLeftLine   room.Phrase = "* %s and %d others left"
	renamedLine     room.Phrase = "* %s is now called %s"
	toldMeLine      room.Phrase = "[%s to you] "
	toldByMe        room.Phrase = "[you to %s] "
	whoLine         room.Phrase = "* %d here: "
	moreHere        room.Phrase = "%s and %d more (ssh HOST who lists all)"
	listComma       room.Phrase = ", "
	verifiedName    room.Phrase = "%s (verified)"
	botName         room.Phrase = "%s (bot)"
	mentionedBy     room.Phrase = "%s, to you"
	awayName        room.Phrase = "%s (away)"
	commandLine     room.Phrase = "%s asks: /%s %s"
	noticeLine      room.Phrase = "* "
	refusedLine     room.Phrase = "! "

	welcomeLine   room.Phrase = "Welcome to teahouse, %s. /help lists the commands, ^D leaves."
	otherTerminal room.Phrase = "You are here at another terminal, and each has taken the place of the other twice within a minute. Press Enter to go on here; or wait, and you come in when the other one leaves."
	stayAtOther   room.Phrase = "You go on at the other terminal."
	howToLeave    room.Phrase = "To leave, type /quit or press ^D."
	slashHelp     room.Phrase = "who, rename|NAME and to|NAME|TEXT work too. // begins a line with /."
	execHelp      room.Phrase = "Write one after the host, as in ssh HOST who. A pipe to ssh -T HOST says each line."

	nothingNewLine room.Phrase = "* You left on %s; nothing was said since."
	leftOffLine    room.Phrase = "* You left on %s. Said since then (%d):"
	missedLine     room.Phrase = "* You left on %s. Said since then: %d. /history since %s shows all; these are the last %d:"
	enteredLine    room.Phrase = "* #%s, %d here"
	enteredTopic   room.Phrase = "* #%s, %d here: %s"
	awayLine       room.Phrase = "* Said since you looked away (%d):"
	notStored      room.Phrase = "[not stored yet] "
	letterLine     room.Phrase = "[%s to you, on %s] "
	noLettersLine  room.Phrase = "* Private messages that may wait for you cannot be read at the moment. Come again later."

	meansYou       room.Phrase = "%s means you in #%s: %s"
	tellsYou       room.Phrase = "%s to you alone: %s"
	searchWord     room.Phrase = "search"
	pastedWords    room.Phrase = "[%d lines pasted]"
	rowFull        room.Phrase = "That is more than the row holds, %d bytes. What did not fit was left out."
	noSubsystem    room.Phrase = "This is a chat: it copies no files, and has no other subsystem. ssh HOST help lists the commands."
	commandTooLong room.Phrase = "The command is too long: it may have %d bytes. Nothing was done."

	pasteTooLong room.Phrase = "The paste is too long, so none of it was put in. A message may have %d bytes."
	pipeSlowed   room.Phrase = "You are sending lines faster than they may be said here. They wait; none is lost."
	willBeCut    room.Phrase = "Only the beginning of this will be said, once all of it is here. To say nothing, press ^C."

	wasCutLine room.Phrase = "Only the beginning was said: %d more lines were left out."

	reasonHungUp room.Phrase = "hung up"
	reasonIdle   room.Phrase = "idle"
	reasonSlow   room.Phrase = "too slow"
	reasonFailed room.Phrase = "an error"
	reasonLost   room.Phrase = "another machine does not answer"
	reasonKicked room.Phrase = "kicked"
	reasonBanned room.Phrase = "banned"
)

// A style is what a voice depends on.
type style struct {
	language language.Tag
	look     look.Look
	clock    string // 24, 12 or off
	zone     string // a time zone's name, or "" for the server's
	end      string // of a line
	form     room.Form
}

// A voice shows events in a style. It is a [room.Voice].
type voice struct {
	style
	printer  *message.Printer
	location *time.Location
	whose    whose
	sessions *atomic.Int32 // that have the style now
	own      *voice        // shows what the reader says itself
	named    *voice        // shows what has the reader's name in it
}

// whose says what a line is to its reader.
type whose uint8

const (
	others whose = iota
	mine
	forMe
)

// Shared is part of [room.Voice]. What one says oneself nobody else reads so.
func (v *voice) Shared() bool { return v.whose != mine && v.sessions.Load() > 1 }

// to returns the voice that shows an event to a reader.
func (v *voice) to(reader *room.Who, e *room.Event) *voice {
	switch {
	case v.form != room.Slashed || e.Kind != room.Said:
		return v
	case e.Who.ID == reader.ID:
		return v.own
	case e.Mentions(reader):
		return v.named
	}
	return v
}

// show appends e to lines as self reads it.
func (v *voice) show(lines []byte, e *room.Event, self *room.Who) []byte {
	switch e.Kind {
	case room.Told:
		if e.To.ID == self.ID {
			return v.message(lines, v.clockTime(e)+v.say(toldMeLine, v.highlit(e.Who)), e, true)
		}
		lines = v.message(lines, v.clockTime(e)+v.say(toldByMe, v.name(e.To)), e, true)
		if e.Phrase == "" {
			return lines
		}
		return v.notice(lines, v.say(e.Phrase, e.Args...))
	case room.Joined:
		if e.Who.ID == self.ID && v.form == room.Slashed {
			return lines // it has been welcomed
		}
		return append(lines, e.As(v)...)
	case room.Left, room.Renamed, room.Said, room.Announced:
		return append(lines, e.As(v.to(self, e))...)
	default:
		return append(lines, v.Render(e)...)
	}
}

// Render returns the event as all users of the style read it. It is part of
// [room.Voice].
func (v *voice) Render(e *room.Event) []byte {
	switch e.Kind {
	case room.Joined:
		return v.quiet(nil, v.say(joinedLine, v.name(e.Who)))
	case room.Left:
		return v.quiet(nil, v.left(e))
	case room.Renamed:
		if e.Phrase != "" { // it was called so
			return v.answers([]room.Sentence{{Phrase: e.Phrase, Args: e.Args}})
		}
		old := v.look.Bold(e.Old)
		if e.Was != nil {
			old = v.marked(old, e.Was)
		}
		return v.quiet(nil, v.say(renamedLine, old, v.name(e.Who)))
	case room.Said:
		return v.message(nil, v.clockTime(e)+v.talkLine(e), e, false)
	case room.Listed:
		return v.list(e.Online)
	case room.Helped:
		return v.help(e)
	case room.Recalled:
		return v.recall(e)
	case room.Entered:
		return v.entered(e)
	case room.Exported:
		return v.export(e)
	case room.Refused:
		return v.line(nil, v.say(refusedLine)+v.say(e.Phrase, e.Args...))
	case room.Answered:
		return v.answers(e.Lines)
	case room.Noticed, room.Announced, room.Missed, room.Farewell:
		return v.answers([]room.Sentence{{Phrase: e.Phrase, Args: v.acting(e)}})
	}
	return nil
}

// acting returns the arguments of what the house says. Where they begin with the name
// of who had it say so, that is as people see it: without its mark it would look
// like somebody else's.
func (v *voice) acting(e *room.Event) []any {
	if e.Who == nil || len(e.Args) == 0 || e.Args[0] != e.Who.Name {
		return e.Args
	}
	args := slices.Clone(e.Args)
	args[0] = v.name(e.Who)
	return args
}

// answers returns the lines of an answer: for programs without what tells people
// that it is no talk.
func (v *voice) answers(sentences []room.Sentence) (lines []byte) {
	for _, s := range sentences {
		line := strings.TrimRight(v.say(s.Phrase, s.Args...), " ")
		if v.form == room.Exec {
			lines = v.line(lines, line)
		} else {
			lines = v.notice(lines, line)
		}
	}
	return lines
}

// notice appends what the house says.
func (v *voice) notice(lines []byte, sentence string) []byte {
	return v.look.Line(lines, "", v.look.Notice(v.say(noticeLine)+sentence), v.end)
}

// quiet appends a line that may be overlooked.
func (v *voice) quiet(lines []byte, line string) []byte {
	return v.look.Line(lines, "", v.look.Faint(line), v.end)
}

// say returns a sentence in the reader's language, with times in its zone.
func (v *voice) say(p room.Phrase, args ...any) string {
	for i, arg := range args {
		if m, ok := arg.(room.Moment); ok {
			args = slices.Clone(args) // which may be those of an event
			args[i] = m.In(v.location)
		}
	}
	if v.form == room.Exec && p == room.Usage {
		args = []any{strings.TrimPrefix(fmt.Sprint(args...), "/")}
	}
	said := v.printer.Sprintf(string(p), args...)
	if v.form == room.Exec && strings.Contains(string(p), "/") {
		return unslashed(p, said)
	}
	return said
}

// slashed finds the commands that a sentence names, as they are typed at a terminal.
var slashed = regexp.MustCompile(`/[a-z]+`)

// unslashed returns what a phrase says with its commands as they are written after
// ssh HOST.
func unslashed(p room.Phrase, said string) string {
	for _, command := range slashed.FindAllString(string(p), -1) {
		said = strings.ReplaceAll(said, command, command[1:])
	}
	return said
}

func (v *voice) line(lines []byte, line string) []byte {
	return v.look.Line(lines, "", line, v.end)
}

// name returns what people see of somebody: the name, and for people at a
// terminal the marks of those who are verified, and of bots. Programs read the name alone.
func (v *voice) name(who *room.Who) string { return v.marked(v.look.Name(who.Name, seed(who)), who) }

// highlit is name where somebody speaks to the reader.
func (v *voice) highlit(who *room.Who) string { return v.marked(v.look.Highlight(who.Name), who) }

func (v *voice) marked(name string, who *room.Who) string {
	if v.form != room.Slashed {
		return name
	}
	if who.Verified {
		name = v.mark(name, room.Mark, verifiedName)
	}
	if who.Bot {
		name = v.mark(name, room.BotMark, botName)
	}
	return name
}

// mark returns a name with a sign after it or, where those are not wanted, words.
func (v *voice) mark(name, sign string, words room.Phrase) string {
	if v.look.Plain {
		return v.say(words, name)
	}
	return name + sign
}

// seed is what gives somebody a colour: the key, or the name where there is none.
func seed(who *room.Who) string {
	if who.Key != "" {
		return who.Key
	}
	return who.Name
}

// clockTime returns when something was said, as the reader wants it, with a space.
func (v *voice) clockTime(e *room.Event) string {
	if v.form != room.Slashed || e.Time.IsZero() {
		return ""
	}
	switch v.clock {
	case "24":
		return v.look.Faint(e.Time.In(v.location).Format("15:04")) + " "
	case "12":
		return v.look.Faint(e.Time.In(v.location).Format("3:04pm")) + " "
	}
	return ""
}

func (v *voice) left(e *room.Event) string {
	var why room.Phrase
	switch e.Reason {
	case room.HungUp:
		why = reasonHungUp
	case room.Idle:
		why = reasonIdle
	case room.Slow:
		why = reasonSlow
	case room.Failed:
		why = reasonFailed
	case room.Lost:
		why = reasonLost
	case room.Kicked:
		why = reasonKicked
	case room.Banned:
		why = reasonBanned
	default:
		return v.say(leftLine, v.name(e.Who))
	}
	return v.say(leftForLine, v.name(e.Who), v.say(why))
}

// mostNames is how many of those who are here are named to people. More would be a screen
// full of names, which nobody reads and everybody could have the house make.
const mostNames = 100

// list returns who is here: one a line for commands, which programs read, and
// in one for people, who are told the names of the first and how many more there are.
func (v *voice) list(online []*room.Who) []byte {
	if v.form != room.Exec {
		names := make([]string, min(len(online), mostNames))
		for i := range names {
			if names[i] = v.name(online[i]); online[i].Away {
				names[i] = v.say(awayName, names[i])
			}
		}
		all := strings.Join(names, v.say(listComma))
		if more := len(online) - len(names); more > 0 {
			all = v.say(moreHere, all, more)
		}
		return v.look.Line(nil, v.say(whoLine, len(online)), all, v.end)
	}
	var lines []byte
	for _, who := range online {
		lines = v.line(lines, who.Name)
	}
	return lines
}

const (
	// usageWidth is how wide the column of commands is in help. Few are wider.
	usageWidth = 28

	// helpWidth is how wide a window has to be for help to have columns.
	helpWidth = 80
)

func (v *voice) help(e *room.Event) []byte {
	narrow := v.look.Width > 0 && v.look.Width < helpWidth
	var lines []byte
	for _, c := range e.Commands {
		switch {
		case c.Forms&v.form == 0:
		case narrow:
			lines = v.line(lines, "  "+c.Usage(v.form)+": "+v.say(c.Help))
		default:
			lines = v.line(lines, fmt.Sprintf("  %-*s %s", usageWidth, c.Usage(v.form), v.say(c.Help)))
		}
	}
	if e.Phrase == "" {
		return lines
	}
	lines = v.line(lines, "  "+v.say(e.Phrase))
	if v.form == room.Exec {
		return v.line(lines, v.say(execHelp))
	}
	return v.line(lines, "  "+v.say(slashHelp))
}
