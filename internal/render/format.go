package render

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/style"
	"teahouse/room"
)

// The codes of the sentences around what is shown. Their words are in package i18n.
const (
	joinedLine           reply.Code = "sshd-joined-line"
	leftLine             reply.Code = "sshd-left-line"
	leftForLine          reply.Code = "sshd-left-for-line"
	manyJoinedLine       reply.Code = "sshd-many-joined-line"
	manyLeftLine         reply.Code = "sshd-many-left-line"
	renamedLine          reply.Code = "sshd-renamed-line"
	privateMessageToMe   reply.Code = "sshd-private-message-to-me"
	privateMessageFromMe reply.Code = "sshd-private-message-from-me"
	whoLine              reply.Code = "sshd-who-line"
	moreUsers            reply.Code = "sshd-more-users"
	listSeparator        reply.Code = "sshd-list-separator"
	verifiedName         reply.Code = "sshd-verified-name"
	botName              reply.Code = "sshd-bot-name"
	mentionedBy          reply.Code = "sshd-mentioned-by"
	awayName             reply.Code = "sshd-away-name"
	noticePrefix         reply.Code = "sshd-notice-prefix"
	botCommandLine       reply.Code = "sshd-bot-command-line"
	refusedPrefix        reply.Code = "sshd-refused-prefix"

	terminalHelp reply.Code = "sshd-terminal-help"
	execHelp     reply.Code = "sshd-exec-help"

	nothingNewLine      reply.Code = "sshd-nothing-new-line"
	unreadSinceLine     reply.Code = "sshd-unread-since-line"
	someUnreadSinceLine reply.Code = "sshd-some-unread-since-line"
	roomLine            reply.Code = "sshd-room-line"
	roomTopicLine       reply.Code = "sshd-room-topic-line"
	unreadInRoomLine    reply.Code = "sshd-unread-in-room-line"
	notStored           reply.Code = "sshd-not-stored"
	offlineMessageLine  reply.Code = "sshd-offline-message-line"

	reasonHungUp reply.Code = "sshd-reason-hung-up"
	reasonIdle   reply.Code = "sshd-reason-idle"
	reasonSlow   reply.Code = "sshd-reason-slow"
	reasonFailed reply.Code = "sshd-reason-failed"
	reasonLost   reply.Code = "sshd-reason-lost"
	reasonKicked reply.Code = "sshd-reason-kicked"
	reasonBanned reply.Code = "sshd-reason-banned"
)

// Options are what a [Format] depends on.
type Options struct {
	Language language.Tag
	Style    style.Style
	Clock    string // 24, 12 or off
	Zone     string // name of a time zone, or "" for the server's
	End      string // line ending
	Syntax   command.Syntax
}

// A Format shows events with certain options. It implements [room.Format].
type Format struct {
	Options
	printer  *message.Printer
	Location *time.Location
	relation relation
	sessions *atomic.Int32 // sessions that use the Format
	own      *Format       // shows the reader's own messages
	mention  *Format       // shows messages that mention the reader
}

// A relation is what a message has to do with its reader.
type relation uint8

const (
	fromOthers relation = iota
	fromReader
	mentionsReader
)

// Shared implements [room.Format]. Only the reader sees their own messages this way.
func (f *Format) Shared() bool { return f.relation != fromReader && f.sessions.Load() > 1 }

// forReader returns the Format that shows an event to a reader.
func (f *Format) forReader(reader *room.UserInfo, e *room.Event) *Format {
	switch {
	case f.Syntax != command.SlashSyntax || e.Kind != room.Said:
		return f
	case e.User.SessionID == reader.SessionID:
		return f.own
	case e.Mentions(reader):
		return f.mention
	}
	return f
}

// appendItem appends an item to lines as self reads it.
func (f *Format) appendItem(lines []byte, item room.Item, self *room.UserInfo) []byte {
	switch item := item.(type) {
	case *room.Event:
		return f.appendEvent(lines, item, self)
	case *room.MessageSent:
		lines = f.appendEvent(lines, item.Message, self)
		if item.Note.Code == "" || item.Message.To.SessionID == self.SessionID {
			return lines
		}
		return f.AppendNotice(lines, f.Translate(item.Note.Code, item.Note.Args...))
	case room.Reply:
		return append(lines, f.FormatReply(item)...)
	}
	return lines
}

// appendEvent appends e to lines as self reads it.
func (f *Format) appendEvent(lines []byte, e *room.Event, self *room.UserInfo) []byte {
	switch e.Kind {
	case room.PrivateMessage:
		if e.To.SessionID == self.SessionID {
			return f.appendMessage(lines, f.timestamp(e)+f.Translate(privateMessageToMe, f.highlightedName(e.User)), e, true)
		}
		return f.appendMessage(lines, f.timestamp(e)+f.Translate(privateMessageFromMe, f.styledName(e.To)), e, true)
	case room.Joined:
		if e.User.SessionID == self.SessionID && f.Syntax == command.SlashSyntax {
			return lines // the user has seen a welcome instead
		}
		return append(lines, e.RenderAs(f)...)
	case room.Left, room.Renamed, room.Said, room.Announced:
		return append(lines, e.RenderAs(f.forReader(self, e))...)
	}
	return lines
}

// Render returns the event as all users of the Format read it. It implements [room.Format].
func (f *Format) Render(e *room.Event) []byte {
	switch e.Kind {
	case room.Joined:
		return f.appendFaint(nil, f.Translate(joinedLine, f.styledName(e.User)))
	case room.Left:
		return f.appendFaint(nil, f.leaveText(e))
	case room.Renamed:
		old := f.Style.Bold(e.OldName)
		if e.OldUser != nil {
			old = f.withBadges(old, e.OldUser)
		}
		return f.appendFaint(nil, f.Translate(renamedLine, old, f.styledName(e.User)))
	case room.Said:
		return f.appendMessage(nil, f.timestamp(e)+f.messagePrefix(e), e, false)
	case room.Announced:
		return f.formatSentences([]reply.Sentence{f.withActor(e.User, reply.Say(e.Code, e.Args...))})
	}
	return nil
}

// FormatReply returns a reply to one session.
func (f *Format) FormatReply(r room.Reply) []byte {
	switch r := r.(type) {
	case *builtin.WhoReply:
		return f.formatUsers(r.Users)
	case *builtin.HelpReply:
		return f.formatHelp(r)
	case *command.HistoryPage:
		return f.formatHistory(r)
	case *room.RoomEntered:
		return f.formatRoomEntry(r)
	case *builtin.ExportReply:
		return f.formatExport(r)
	case *room.Refused:
		return f.AppendLine(nil, f.Translate(refusedPrefix)+f.Translate(r.Code, r.Args...))
	case *room.Notice:
		return f.formatSentences([]reply.Sentence{f.withActor(r.User, r.Sentence)})
	case room.TextReply:
		return f.formatSentences(r.Sentences())
	}
	return nil
}

// withActor returns a sentence with the actor's name, where that is the first argument, as
// people see it: without its badge it would look like somebody else's.
func (f *Format) withActor(who *room.UserInfo, s reply.Sentence) reply.Sentence {
	if who == nil || len(s.Args) == 0 || s.Args[0] != who.Name {
		return s
	}
	args := slices.Clone(s.Args)
	args[0] = f.styledName(who)
	return reply.Say(s.Code, args...)
}

// formatSentences returns the lines of an answer. For programs it leaves out the prefix that
// tells people that a line is not a message.
func (f *Format) formatSentences(sentences []reply.Sentence) (lines []byte) {
	for _, s := range sentences {
		line := strings.TrimRight(f.Translate(s.Code, s.Args...), " ")
		if f.Syntax == command.ExecSyntax {
			lines = f.AppendLine(lines, line)
		} else {
			lines = f.AppendNotice(lines, line)
		}
	}
	return lines
}

// AppendNotice appends a sentence of the server's.
func (f *Format) AppendNotice(lines []byte, sentence string) []byte {
	return f.Style.Line(lines, "", f.Style.Notice(f.Translate(noticePrefix)+sentence), f.End)
}

// appendFaint appends a line that matters little.
func (f *Format) appendFaint(lines []byte, line string) []byte {
	return f.Style.Line(lines, "", f.Style.Faint(line), f.End)
}

// Translate returns a sentence in the reader's language, with times in the reader's zone.
func (f *Format) Translate(p reply.Code, args ...any) string {
	for i, arg := range args {
		if m, ok := arg.(reply.Moment); ok {
			args = slices.Clone(args) // they may be those of an event
			args[i] = m.In(f.Location)
		}
	}
	if f.Syntax == command.ExecSyntax && p == reply.Usage {
		args = []any{strings.TrimPrefix(fmt.Sprint(args...), "/")}
	}
	said := f.printer.Sprintf(string(p), args...)
	if f.Syntax == command.ExecSyntax && strings.Contains(i18n.English(string(p)), "/") {
		return withoutSlashes(p, said)
	}
	return said
}

// slashCommand matches the commands in a sentence, as typed at a terminal.
var slashCommand = regexp.MustCompile(`/[a-z]+`)

// withoutSlashes returns a sentence with its commands as written after ssh HOST.
func withoutSlashes(p reply.Code, said string) string {
	for _, command := range slashCommand.FindAllString(i18n.English(string(p)), -1) {
		said = strings.ReplaceAll(said, command, command[1:])
	}
	return said
}

// AppendLine appends a line as it is.
func (f *Format) AppendLine(lines []byte, line string) []byte {
	return f.Style.Line(lines, "", line, f.End)
}

// styledName returns a user's name as people see it: styled, and at a terminal with the badges
// of verified users and bots. Programs read the name alone.
func (f *Format) styledName(who *room.UserInfo) string {
	return f.withBadges(f.Style.Name(who.Name, colourSeed(who)), who)
}

// highlightedName is styledName for a user who mentions the reader.
func (f *Format) highlightedName(who *room.UserInfo) string {
	return f.withBadges(f.Style.Highlight(who.Name), who)
}

func (f *Format) withBadges(name string, who *room.UserInfo) string {
	if f.Syntax != command.SlashSyntax {
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

// withBadge returns a name followed by a sign or, if the reader wants no signs, by words.
func (f *Format) withBadge(name, sign string, words reply.Code) string {
	if f.Style.Plain {
		return f.Translate(words, name)
	}
	return name + sign
}

// colourSeed returns what a user's colour is derived from: the key, or the name of a user
// without one.
func colourSeed(who *room.UserInfo) string {
	if who.Person != "" {
		return string(who.Person)
	}
	return who.Name
}

// timestamp returns the time of an event, in the reader's format, and a space.
func (f *Format) timestamp(e *room.Event) string {
	if f.Syntax != command.SlashSyntax || e.Time.IsZero() {
		return ""
	}
	switch f.Clock {
	case "24":
		return f.Style.Faint(e.Time.In(f.Location).Format("15:04")) + " "
	case "12":
		return f.Style.Faint(e.Time.In(f.Location).Format("3:04pm")) + " "
	}
	return ""
}

func (f *Format) leaveText(e *room.Event) string {
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
		return f.Translate(leftLine, f.styledName(e.User))
	}
	return f.Translate(leftForLine, f.styledName(e.User), f.Translate(why))
}

// maxListedNames limits the names listed to people. More would be a screen full of names, which
// nobody reads and anybody could make the server produce.
const maxListedNames = 100

// formatUsers returns who is here: for programs one name a line, for people one line with the
// first names and how many more there are.
func (f *Format) formatUsers(online []*room.UserInfo) []byte {
	if f.Syntax != command.ExecSyntax {
		names := make([]string, min(len(online), maxListedNames))
		for i := range names {
			if names[i] = f.styledName(online[i]); online[i].Away {
				names[i] = f.Translate(awayName, names[i])
			}
		}
		all := strings.Join(names, f.Translate(listSeparator))
		if more := len(online) - len(names); more > 0 {
			all = f.Translate(moreUsers, all, more)
		}
		return f.Style.Line(nil, f.Translate(whoLine, len(online)), all, f.End)
	}
	var lines []byte
	for _, who := range online {
		lines = f.AppendLine(lines, who.Name)
	}
	return lines
}

const (
	// usageWidth is the width of the usage column in help. Few usages are wider.
	usageWidth = 28

	// helpWidth is the minimum window width for help in columns.
	helpWidth = 80
)

func (f *Format) formatHelp(r *builtin.HelpReply) []byte {
	narrow := f.Style.Width > 0 && f.Style.Width < helpWidth
	var lines []byte
	for _, c := range r.Commands {
		switch {
		case c.Syntaxes&f.Syntax == 0:
		case narrow:
			lines = f.AppendLine(lines, "  "+c.Usage(f.Syntax)+": "+f.Translate(c.HelpSentence().Code))
		default:
			lines = f.AppendLine(lines, fmt.Sprintf("  %-*s %s", usageWidth, c.Usage(f.Syntax), f.Translate(c.HelpSentence().Code)))
		}
	}
	if r.Group != "" {
		return lines
	}
	lines = f.AppendLine(lines, "  "+f.Translate(reply.HelpGroups))
	if f.Syntax == command.ExecSyntax {
		return f.AppendLine(lines, f.Translate(execHelp))
	}
	return f.AppendLine(lines, "  "+f.Translate(terminalHelp))
}
