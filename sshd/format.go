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

	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/style"
	"teahouse/room"
)

// The sentences of this door. As in package room they are English formats, and
// the keys of their translations.
const (
	joinedLine          reply.Code = "sshd-joined-line"
	leftLine            reply.Code = "sshd-left-line"
	leftForLine         reply.Code = "sshd-left-for-line"
	manyJoinedLine      reply.Code = "sshd-many-joined-line"
	manyLeftLine        reply.Code = "sshd-many-left-line"
	renamedLine         reply.Code = "sshd-renamed-line"
	directMessageToMe   reply.Code = "sshd-direct-message-to-me"
	directMessageFromMe reply.Code = "sshd-direct-message-from-me"
	whoLine             reply.Code = "sshd-who-line"
	moreUsers           reply.Code = "sshd-more-users"
	listSeparator       reply.Code = "sshd-list-separator"
	verifiedName        reply.Code = "sshd-verified-name"
	botName             reply.Code = "sshd-bot-name"
	mentionedBy         reply.Code = "sshd-mentioned-by"
	awayName            reply.Code = "sshd-away-name"
	botCommandLine      reply.Code = "sshd-bot-command-line"
	noticePrefix        reply.Code = "sshd-notice-prefix"
	refusedPrefix       reply.Code = "sshd-refused-prefix"

	welcomeLine      reply.Code = "sshd-welcome-line"
	takeoverQuestion reply.Code = "sshd-takeover-question"
	takeoverDeclined reply.Code = "sshd-takeover-declined"
	howToLeave       reply.Code = "sshd-how-to-leave"
	terminalHelp     reply.Code = "sshd-terminal-help"
	execHelp         reply.Code = "sshd-exec-help"

	nothingNewLine            reply.Code = "sshd-nothing-new-line"
	unreadSinceLine           reply.Code = "sshd-unread-since-line"
	someUnreadSinceLine       reply.Code = "sshd-some-unread-since-line"
	roomLine                  reply.Code = "sshd-room-line"
	roomTopicLine             reply.Code = "sshd-room-topic-line"
	unreadInRoomLine          reply.Code = "sshd-unread-in-room-line"
	notStored                 reply.Code = "sshd-not-stored"
	offlineMessageLine        reply.Code = "sshd-offline-message-line"
	offlineMessagesUnreadable reply.Code = "sshd-offline-messages-unreadable"

	mentionAlert       reply.Code = "sshd-mention-alert"
	directMessageAlert reply.Code = "sshd-direct-message-alert"
	searchLabel        reply.Code = "sshd-search-label"
	pastedLabel        reply.Code = "sshd-pasted-label"
	inputFull          reply.Code = "sshd-input-full"
	noSubsystem        reply.Code = "sshd-no-subsystem"
	commandTooLong     reply.Code = "sshd-command-too-long"

	pasteTooLong         reply.Code = "sshd-paste-too-long"
	pipeThrottled        reply.Code = "sshd-pipe-throttled"
	inputWillBeTruncated reply.Code = "sshd-input-will-be-truncated"

	inputTruncated reply.Code = "sshd-input-truncated"

	reasonHungUp reply.Code = "sshd-reason-hung-up"
	reasonIdle   reply.Code = "sshd-reason-idle"
	reasonSlow   reply.Code = "sshd-reason-slow"
	reasonFailed reply.Code = "sshd-reason-failed"
	reasonLost   reply.Code = "sshd-reason-lost"
	reasonKicked reply.Code = "sshd-reason-kicked"
	reasonBanned reply.Code = "sshd-reason-banned"
)

// A formatOptions is what a voice depends on.
type formatOptions struct {
	language language.Tag
	style    style.Style
	clock    string // 24, 12 or off
	zone     string // a time zone's name, or "" for the server's
	end      string // of a line
	syntax   room.Syntax
}

// A format shows events in a style. It is a [room.Format].
type format struct {
	formatOptions
	printer  *message.Printer
	location *time.Location
	relation relation
	sessions *atomic.Int32 // that have the style now
	own      *format       // shows what the reader says itself
	mention  *format       // shows what has the reader's name in it
}

// relation says what a line is to its reader.
type relation uint8

const (
	fromOthers relation = iota
	fromReader
	mentionsReader
)

// Shared is part of [room.Format]. What one says oneself nobody else reads so.
func (f *format) Shared() bool { return f.relation != fromReader && f.sessions.Load() > 1 }

// forReader returns the voice that shows an event to a reader.
func (f *format) forReader(reader *room.UserInfo, e *room.Event) *format {
	switch {
	case f.syntax != room.SlashSyntax || e.Kind != room.Said:
		return f
	case e.User.SessionID == reader.SessionID:
		return f.own
	case e.Mentions(reader):
		return f.mention
	}
	return f
}

// appendItem appends an item to lines as self reads it.
func (f *format) appendItem(lines []byte, item room.Item, self *room.UserInfo) []byte {
	switch item := item.(type) {
	case *room.Event:
		return f.appendEvent(lines, item, self)
	case *room.MessageSent:
		lines = f.appendEvent(lines, item.Message, self)
		if item.Note.Code == "" || item.Message.To.SessionID == self.SessionID {
			return lines
		}
		return f.appendNotice(lines, f.translate(item.Note.Code, item.Note.Args...))
	case room.Reply:
		return append(lines, f.formatReply(item)...)
	}
	return lines
}

// appendEvent appends e to lines as self reads it.
func (f *format) appendEvent(lines []byte, e *room.Event, self *room.UserInfo) []byte {
	switch e.Kind {
	case room.DirectMessage:
		if e.To.SessionID == self.SessionID {
			return f.appendMessage(lines, f.timestamp(e)+f.translate(directMessageToMe, f.highlightedName(e.User)), e, true)
		}
		return f.appendMessage(lines, f.timestamp(e)+f.translate(directMessageFromMe, f.styledName(e.To)), e, true)
	case room.Joined:
		if e.User.SessionID == self.SessionID && f.syntax == room.SlashSyntax {
			return lines // it has been welcomed
		}
		return append(lines, e.RenderAs(f)...)
	case room.Left, room.Renamed, room.Said, room.Announced:
		return append(lines, e.RenderAs(f.forReader(self, e))...)
	}
	return lines
}

// Render returns the event as all users of the style read it. It is part of
// [room.Format].
func (f *format) Render(e *room.Event) []byte {
	switch e.Kind {
	case room.Joined:
		return f.appendFaint(nil, f.translate(joinedLine, f.styledName(e.User)))
	case room.Left:
		return f.appendFaint(nil, f.leaveText(e))
	case room.Renamed:
		old := f.style.Bold(e.OldName)
		if e.OldUser != nil {
			old = f.withBadges(old, e.OldUser)
		}
		return f.appendFaint(nil, f.translate(renamedLine, old, f.styledName(e.User)))
	case room.Said:
		return f.appendMessage(nil, f.timestamp(e)+f.messagePrefix(e), e, false)
	case room.Announced:
		return f.formatSentences([]reply.Sentence{f.withActor(e.User, reply.Say(e.Code, e.Args...))})
	}
	return nil
}

// formatReply returns what the server says to one session alone.
func (f *format) formatReply(r room.Reply) []byte {
	switch r := r.(type) {
	case *room.WhoReply:
		return f.formatUsers(r.Users)
	case *room.HelpReply:
		return f.formatHelp(r)
	case *room.HistoryPage:
		return f.formatHistory(r)
	case *room.RoomEntered:
		return f.formatRoomEntry(r)
	case *room.ExportReply:
		return f.formatExport(r)
	case *room.Refused:
		return f.appendLine(nil, f.translate(refusedPrefix)+f.translate(r.Code, r.Args...))
	case *room.Notice:
		return f.formatSentences([]reply.Sentence{f.withActor(r.User, r.Sentence)})
	case room.TextReply:
		return f.formatSentences(r.Sentences())
	}
	return nil
}

// withActor returns what the server says. Where the arguments begin with the name of who had it
// say so, that is as people see it: without its mark it would look like somebody else's.
func (f *format) withActor(who *room.UserInfo, s reply.Sentence) reply.Sentence {
	if who == nil || len(s.Args) == 0 || s.Args[0] != who.Name {
		return s
	}
	args := slices.Clone(s.Args)
	args[0] = f.styledName(who)
	return reply.Say(s.Code, args...)
}

// formatSentences returns the lines of an answer: for programs without what tells people
// that it is no talk.
func (f *format) formatSentences(sentences []reply.Sentence) (lines []byte) {
	for _, s := range sentences {
		line := strings.TrimRight(f.translate(s.Code, s.Args...), " ")
		if f.syntax == room.ExecSyntax {
			lines = f.appendLine(lines, line)
		} else {
			lines = f.appendNotice(lines, line)
		}
	}
	return lines
}

// appendNotice appends what the house says.
func (f *format) appendNotice(lines []byte, sentence string) []byte {
	return f.style.Line(lines, "", f.style.Notice(f.translate(noticePrefix)+sentence), f.end)
}

// appendFaint appends a line that may be overlooked.
func (f *format) appendFaint(lines []byte, line string) []byte {
	return f.style.Line(lines, "", f.style.Faint(line), f.end)
}

// translate returns a sentence in the reader's language, with times in its zone.
func (f *format) translate(p reply.Code, args ...any) string {
	for i, arg := range args {
		if m, ok := arg.(reply.Moment); ok {
			args = slices.Clone(args) // which may be those of an event
			args[i] = m.In(f.location)
		}
	}
	if f.syntax == room.ExecSyntax && p == reply.Usage {
		args = []any{strings.TrimPrefix(fmt.Sprint(args...), "/")}
	}
	said := f.printer.Sprintf(string(p), args...)
	if f.syntax == room.ExecSyntax && strings.Contains(i18n.English(string(p)), "/") {
		return withoutSlashes(p, said)
	}
	return said
}

// slashCommand finds the commands that a sentence names, as they are typed at a terminal.
var slashCommand = regexp.MustCompile(`/[a-z]+`)

// withoutSlashes returns what a phrase says with its commands as they are written after
// ssh HOST.
func withoutSlashes(p reply.Code, said string) string {
	for _, command := range slashCommand.FindAllString(i18n.English(string(p)), -1) {
		said = strings.ReplaceAll(said, command, command[1:])
	}
	return said
}

func (f *format) appendLine(lines []byte, line string) []byte {
	return f.style.Line(lines, "", line, f.end)
}

// styledName returns what people see of somebody: the name, and for people at a
// terminal the marks of those who are verified, and of bots. Programs read the name alone.
func (f *format) styledName(who *room.UserInfo) string {
	return f.withBadges(f.style.Name(who.Name, colourSeed(who)), who)
}

// highlightedName is name where somebody speaks to the reader.
func (f *format) highlightedName(who *room.UserInfo) string {
	return f.withBadges(f.style.Highlight(who.Name), who)
}

func (f *format) withBadges(name string, who *room.UserInfo) string {
	if f.syntax != room.SlashSyntax {
		return name
	}
	if who.Verified {
		name = f.withBadge(name, names.VerifiedMark, verifiedName)
	}
	if who.Bot {
		name = f.withBadge(name, names.BotMark, botName)
	}
	return name
}

// withBadge returns a name with a sign after it or, where those are not wanted, words.
func (f *format) withBadge(name, sign string, words reply.Code) string {
	if f.style.Plain {
		return f.translate(words, name)
	}
	return name + sign
}

// colourSeed is what gives somebody a colour: the key, or the name where there is none.
func colourSeed(who *room.UserInfo) string {
	if who.Person != "" {
		return who.Person
	}
	return who.Name
}

// timestamp returns when something was said, as the reader wants it, with a space.
func (f *format) timestamp(e *room.Event) string {
	if f.syntax != room.SlashSyntax || e.Time.IsZero() {
		return ""
	}
	switch f.clock {
	case "24":
		return f.style.Faint(e.Time.In(f.location).Format("15:04")) + " "
	case "12":
		return f.style.Faint(e.Time.In(f.location).Format("3:04pm")) + " "
	}
	return ""
}

func (f *format) leaveText(e *room.Event) string {
	var why reply.Code
	switch e.Reason {
	case room.HungUp:
		why = reasonHungUp
	case room.Idle:
		why = reasonIdle
	case room.Slow:
		why = reasonSlow
	case room.Failed:
		why = reasonFailed
	case room.PeerLost:
		why = reasonLost
	case room.Kicked:
		why = reasonKicked
	case room.Banned:
		why = reasonBanned
	default:
		return f.translate(leftLine, f.styledName(e.User))
	}
	return f.translate(leftForLine, f.styledName(e.User), f.translate(why))
}

// maxListedNames is how many of those who are here are named to people. More would be a screen
// full of names, which nobody reads and everybody could have the house make.
const maxListedNames = 100

// formatUsers returns who is here: one a line for commands, which programs read, and
// in one for people, who are told the names of the first and how many more there are.
func (f *format) formatUsers(online []*room.UserInfo) []byte {
	if f.syntax != room.ExecSyntax {
		names := make([]string, min(len(online), maxListedNames))
		for i := range names {
			if names[i] = f.styledName(online[i]); online[i].Away {
				names[i] = f.translate(awayName, names[i])
			}
		}
		all := strings.Join(names, f.translate(listSeparator))
		if more := len(online) - len(names); more > 0 {
			all = f.translate(moreUsers, all, more)
		}
		return f.style.Line(nil, f.translate(whoLine, len(online)), all, f.end)
	}
	var lines []byte
	for _, who := range online {
		lines = f.appendLine(lines, who.Name)
	}
	return lines
}

const (
	// usageWidth is how wide the column of commands is in help. Few are wider.
	usageWidth = 28

	// helpWidth is how wide a window has to be for help to have columns.
	helpWidth = 80
)

func (f *format) formatHelp(r *room.HelpReply) []byte {
	narrow := f.style.Width > 0 && f.style.Width < helpWidth
	var lines []byte
	for _, c := range r.Commands {
		switch {
		case c.Syntaxes&f.syntax == 0:
		case narrow:
			lines = f.appendLine(lines, "  "+c.Usage(f.syntax)+": "+f.translate(c.Help))
		default:
			lines = f.appendLine(lines, fmt.Sprintf("  %-*s %s", usageWidth, c.Usage(f.syntax), f.translate(c.Help)))
		}
	}
	if r.Group != "" {
		return lines
	}
	lines = f.appendLine(lines, "  "+f.translate(reply.HelpGroups))
	if f.syntax == room.ExecSyntax {
		return f.appendLine(lines, f.translate(execHelp))
	}
	return f.appendLine(lines, "  "+f.translate(terminalHelp))
}
