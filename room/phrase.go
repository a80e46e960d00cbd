package room

import (
	"fmt"
	"time"
)

// A Code is a sentence that the house says to one person: an English format
// string, which is at the same time its key in the catalogue of translations.
type Code string

// What the house says. Each is one clear line: what is the matter, and what to
// do about it.
const (
	TextEmpty     Code = "Nothing to say: the line is empty."
	TextTooLong   Code = "That is too long: a line may have %d bytes. Nothing was said."
	TooManyLines  Code = "That is too many lines: a message may have %d. Nothing was said."
	NotText       Code = "That is no text. Nothing was said."
	TextMalformed Code = "That is not valid UTF-8. Nothing was said."

	NameTaken        Code = "The name %s is taken."
	NamedAlready     Code = "You are called %s already."
	NameEmpty        Code = "A name needs at least one character."
	NameTooLong      Code = "A name may have %d characters at most."
	NameSpaces       Code = "A name may not begin or end with a space, nor have two in a row."
	NameHasBar       Code = "A name may not contain |."
	NameAddress      Code = "A name may not look like an address."
	NameBadStart     Code = "A name must begin with a letter, a digit or an emoji."
	NameNotAllowed   Code = "A name may have letters, digits, emoji, spaces and - _ . ' only."
	NameDeceptive    Code = "A name may not contain what looks like one of this server's signs, or mix a rare script with another. Leave this out: %s"
	NameLikeSentence Code = "A name may not begin with \"%s\": that reads like a sentence of this server. Choose another name."

	NameOwned          Code = "The name %s belongs to somebody else's key."
	AssignedOwned      Code = "The name %s belongs to somebody else's key, so you are %s here."
	NameLost           Code = "The name %s is that of somebody who came in at another machine, so you are %s here."
	NameOfficial       Code = "The name %s is for operators. Choose another one."
	AssignedOfficial   Code = "The name %s is for operators, so you are %s here."
	AssignedTaken      Code = "The name %s is taken, so you are %s here."
	AssignedNotAllowed Code = "The name you came with cannot be used here, so you are %s."

	TalkingTo            Code = "What you say goes to %s alone, until /done."
	TalkingToAll         Code = "What you say goes to #%s."
	MessageFormat        Code = "Write a private message as to|NAME|TEXT."
	MessageEmpty         Code = "There is no text in that message."
	NoSuchUser           Code = "There is nobody named %s here."
	CannotReadMessages   Code = "%s cannot read private messages: its client does not show them."
	MailboxFull          Code = "%s has too many messages waiting. Yours was not delivered; try again soon."
	MessageSaved         Code = "%s is away: your message waits to be read."
	CannotSaveMessage    Code = "%s is away, and your message cannot be kept at the moment. Nothing was sent; try again later."
	MessageMaybeSaved    Code = "%s is away, and the store did not answer whether it keeps your message: it may or may not arrive."
	TooManyGuestMessages Code = "%s is away, and %d messages from people without a key are waiting, as many as may. Nothing was sent. With a key you could leave one: ssh-keygen makes it."
	TooManyFromYou       Code = "%s is away, and has yet to read %d messages from you, as many as may wait. Nothing was sent."
	RecipientBoxFull     Code = "%s is away, and too many messages are waiting already. Nothing was sent; try again later."
	NoSpaceForMessages   Code = "%s is away, and this server has no space for more waiting messages. Nothing was sent; try again later."
	TooManyFromAddress   Code = "%s is away, and your address has left as many messages as it may for now. Nothing was sent; try again tomorrow."
	NobodyToReply        Code = "Nobody has sent you a private message yet."
	SenderLeft           Code = "%s has left, and cannot be told anything now."
	RecipientAway        Code = "%s is not reading now, and will find your message later."
	RecipientAwayReason  Code = "%s is not reading now, and will find your message later: %s"
	AwayNow              Code = "You are away, as everybody sees who asks. You are back when you say something."
	AwayNowReason        Code = "You are away, as everybody sees who asks: %s. You are back when you say something."
	BackNow              Code = "You are back."
	NotAway              Code = "You are not away."
	WhoisAwaySince       Code = "away since %s"
	WhoisAwayReason      Code = "away since %s: %s"
	UnknownSlashCommand  Code = "There is no command %s. /help lists all; to say it, begin with //."
	UnknownSlashMeant    Code = "There is no command %s. Did you mean %s? /help lists all; to say it, begin with //."
	UnknownCommand       Code = "There is no command %s. ssh HOST help lists all."
	UnknownMeant         Code = "There is no command %s. Did you mean %s? ssh HOST help lists all."
	HintHelp             Code = "Nothing was said. /help lists the commands. To say %s, enter it again."
	HintQuit             Code = "Nothing was said. /quit or ^D leaves. To say %s, enter it again."
	HintList             Code = "Nothing was said. /who lists who is here, /rooms the rooms. To say %s, enter it again."
	HintMissingSlash     Code = "Nothing was said. /%s begins a private message. To say the line to %s, enter it again."
	Usage                Code = "Usage: %s"
	UnknownFlag          Code = "There is no flag %s. Usage: %s"
	FlagNeedsValue       Code = "%s needs a value. Usage: %s"
	UnclosedQuote        Code = "A quote is not closed. Words are quoted as a shell quotes them. Nothing was done."
	TerminalOnly         Code = "%s needs a terminal: come in with ssh HOST, and type /%s."
	JoinTerminalOnly     Code = "join needs a terminal, as in ssh -t HOST join ROOM. A command is done in a room by --room ROOM, as in ssh HOST who --room ROOM."

	NothingKept       Code = "Nothing that was said is kept here."
	NoReadMarker      Code = "There is no place of yours in #%s, or not any more: this begins now."
	ReadMarkerNotKept Code = "The server has no space to keep your place: the next --since last will not go on from here. --since ID does."
	ReadMarkerTooOld  Code = "Not all that was said after %s is remembered any more: lines may be missing here."
	NothingFound      Code = "Nothing was found."
	InvalidTime       Code = "That is no time. Times are 2h, 18:30 or 2026-11-20, as in /history since 2h."
	EarlierLines      Code = "%d more lines before these: /more"
	LaterLines        Code = "%d more lines after these: /more"
	NoMessage         Code = "There is no message %s here any more."
	NoMore            Code = "There is no more to show."
	ForgetMeOnly      Code = "Write /forget me: you can have removed what you said yourself."
	ForgetNeedsKey    Code = "You came without a key, so nobody can tell which lines are yours."
	ConfirmForget     Code = "This removes all that you said, in every room, for good. Nothing has changed yet. To do it, type /forget me yes"
	ConfirmForgetName Code = "This removes what was said by %s, in every room, for good. Nothing has changed yet. To do it, type /forget %s yes"
	Forgotten         Code = "What %s said is forgotten, and will be removed from what is kept."
	PeerUnreachable   Code = "%s is at another machine, which does not answer now. Your message may still arrive."
	PeersUnreachable  Code = "The other machines of this house do not answer. Until they do, you hear only those who came in here, and nobody else hears you."
	PeersBack         Code = "The other machines answer again: what was said there meanwhile follows."
	StoreUnavailable  Code = "That cannot be read at the moment. Try again later."

	NeedKey                 Code = "That needs a key: come with one. ssh-keygen makes it."
	NoNames                 Code = "No name is yours yet. Come in with your key, and the name you come with is yours, if it is nobody's."
	NameNotOwned            Code = "The name %s is not yours."
	ConfirmRelease          Code = "Once you give it up, anybody can take the name %s. Nothing has changed yet. To give it up, type /name release %s yes"
	ConfirmFree             Code = "Once it is free, anybody can take the name %s, which its owner used last on %s. Nothing has changed yet. To free it, type /free %s yes"
	NameReleased            Code = "The name %s is free."
	WhichName               Code = "Say which: /name release NAME. Yours are: %s."
	NameIsYours             Code = "The name %s is yours now."
	NamesFull               Code = "You have %d names, as many as may be: %s. Give one up first: /name release NAME."
	NewNamesFull            Code = "You have %d names, as many as a key may have on its first day: %s. Give one up first: /name release NAME."
	NameNotYours            Code = "You are %s, but that name is not yours. You have %d, as many as may be: %s. /name release NAME gives one up."
	NoNamesForNewKeys       Code = "You are %s, but that name is not yours: no more names can be given to new keys now. Come again tomorrow."
	TooManyNamesFromAddress Code = "You are %s, but that name is not yours: too many new names came from your address. Come again tomorrow."
	NameNoLongerYours       Code = "The name %s is yours no more: it was not used for too long, somebody else had it first, or an operator freed it."
	NameRepaired            Code = "Your name %s cannot be used any more. In its place this one is yours: %s"
	OwnedLine               Code = "%s is yours, last used on %s"
	NobodysName             Code = "The name %s is nobody's."
	NameTried               Code = "Somebody with another key, or none, asked for your name %s, and is called %s."
	NameTriedOften          Code = "Somebody with another key, or none, asked for your name %s while you were away: %d times."

	KeyLine                Code = "%s"
	ThisKeyLine            Code = "%s, the one you came with"
	KeyLinkCode            Code = "Come with the other key and type /key add %s within %d minutes. Give the code to nobody: it makes a key one of yours."
	ConfirmKeyAdd          Code = "That code comes from %s: if you use it, this key becomes that person's, and so do its names (%s), rights and settings. Nothing has changed yet. If that person is you, type /key add %s yes"
	ConfirmKeyAddOperator  Code = "That code comes from %s: if you use it, this key becomes that person's, and so do its names (%s) and settings. That person also becomes an operator. Nothing has changed yet. If that person is you, type /key add %s yes"
	ConfirmKeyRemove       Code = "Whoever has the key %s would then be a stranger here. Nothing has changed yet. To remove it, type /key remove %s yes"
	KeyAdded               Code = "This key is yours now. Come in again to be the same person with both."
	KeyIsYours             Code = "That is the code for your other key: type it where you came with that one."
	KeyHasOthers           Code = "This key belongs to a person with more keys. Remove it there first."
	KeysHaveNames          Code = "One person may have %d names, and your two keys have more: %s. Give some up first: /name release NAME."
	KeyRemoved             Code = "The key %s is yours no more."
	KeyInFile              Code = "The key %s is yours no more. But a file of this server gives rights to who has it: whoever runs the server must take it out there."
	NoSuchKey              Code = "You have no key %s."
	TooManyKeysFromAddress Code = "No more keys can be added for now. Come again tomorrow."
	LastKey                Code = "That is your only key. Add another first."
	TooManyKeys            Code = "You have %d keys, as many as may be. Remove one first."
	WrongCode              Code = "There is no such code, or it is too old. Ask for another."
	TryLater               Code = "There are too many codes about at the moment. Try again later."

	BotNow                 Code = "This key is a bot's now, and everybody sees that. /key person takes it back."
	BotNoMore              Code = "This key is a person's again."
	IsBot                  Code = "This key is a bot's already."
	IsNoBot                Code = "This key is no bot's. /key bot makes it one."
	BotHasKeys             Code = "You have more keys than this one, and all of them would be a bot's. Give the bot a key of its own."
	TooManyBots            Code = "There are %d bots already, as many as may be."
	TooManyBotsFromAddress Code = "Too many bots came from your address. Come again tomorrow."
	NoSuchBot              Code = "There is no bot named %s."
	BotUnmarked            Code = "%s is marked as a bot no more."
	WhoisBot               Code = "a bot"
	WhoisFollow            Code = "a bot, which follows %s"
	BotReadsNoMessages     Code = "%s is a bot that reads no private messages now. Nothing was sent."

	InvalidCommands    Code = `These are no commands: a JSON array is wanted of {"name": ..., "params": ..., "help": ...}. Nothing was changed.`
	TooManyCommands    Code = "A bot may have %d commands. Nothing was changed."
	InvalidCommandName Code = "%q is no name of a command: 2 to 20 of a-z, 0-9 and - are. Nothing was changed."
	CommandExists      Code = "There is a command %s already. Nothing was changed."
	CommandTaken       Code = "%s is a command of the bot %s. Nothing was changed."
	CommandText        Code = "%s needs a help of up to %d characters, and params of up to %d, in one line. Nothing was changed."
	CommandsKept       Code = "Commands of this bot from now on: %d."
	NoBotCommands      Code = "No bot has a command."
	BotCommandLine     Code = "%s: %s (%s)"
	BotHelp            Code = "The bot %s says of it: %s"
	BotAway            Code = "The bot %s does not read #%s now. Nothing was done: %s"
	HandedToBot        Code = "Handed to %s: %s"
	BotNotReached      Code = "The bot %s is at another machine, which does not answer now. It may not have read this: %s"
	BotLeft            Code = "%s went away, and may not have read this: %s"

	WhoisVerified Code = "%s: the name belongs to this key"
	WhoisKeyed    Code = "%s: has a key, to which the name does not belong"
	WhoisGuest    Code = "%s: a guest without a key; anybody may use this name"
	WhoisKey      Code = "key %s"
	WhoisSession  Code = "came by %s with %s on %s, idle for %s"
	WhoisAddress  Code = "from %s"
	WhoisAway     Code = "%s is away, and was last here on %s"
	WhoisSpoke    Code = "not here, and spoke last on %s"
	WhoisHereAs   Code = "%s is here as %s"

	Ignored          Code = "%s does not want to read messages from you."
	IgnoredNow       Code = "You will read nothing from %s any more. /unignore brings it back."
	IgnoredNoMore    Code = "You read what %s says again."
	NotIgnored       Code = "You do not ignore %s."
	IgnoredLine      Code = "%s"
	NobodyIgnored    Code = "You ignore nobody."
	CannotIgnoreSelf Code = "That is yourself."
	TooManyIgnored   Code = "You ignore %d people, as many as may be."

	SetLang       Code = "lang: %s (%s), the language you read"
	SetTheme      Code = "theme: %s (%s), the colours you see"
	SetClock      Code = "clock: %s (%s), how you see the time of a line"
	SetZone       Code = "zone: %s (%s), where those times are"
	SetPlain      Code = "plain: %s (%s), without colours"
	SetQuiet      Code = "quiet: %s (%s), without those who come and go"
	SetBell       Code = "bell: %s (%s), rings when somebody means you"
	SetNotify     Code = "notify: %s (%s), a sign of your terminal when somebody means you"
	SessionOnly   Code = "That lasts until you leave: the server has no space to keep more of these for now."
	NoSuchSetting Code = "There is no setting %s. /set lists all."
	NoSuchZone    Code = "zone may be a time zone as in Asia/Shanghai, or auto. Nothing was changed."
	NoSuchTime    Code = "time may be 24, 12 or off, or a zone as in Asia/Shanghai, or auto. Nothing was changed."
	NoSuchValue   Code = "%s may be %s. Nothing was changed."

	OperatorsOnly       Code = "Only operators may do that."
	NoOpCode            Code = "There is no such code here, or it was used. While there is no operator this server's log shows one."
	YouAreOperator      Code = "You are an operator now. /help lists what you may do."
	MadeOperator        Code = "%s is an operator now."
	OperatorNoMore      Code = "%s is an operator no more."
	NotOperatorNow      Code = "You are no operator any more."
	LastOperator        Code = "%s is the last operator. Make somebody else one first: /op NAME."
	CannotKickSelf      Code = "That is you. Nobody was sent away."
	OperatorStill       Code = "%s is an operator still, by the file of operators: take the key out of it, too."
	OperatorByFile      Code = "%s is an operator by the file of operators: take the key out of it."
	IsNoOperator        Code = "%s is no operator."
	NoKeyKnown          Code = "There is nobody named %s who has a key."
	LastSpeakerKeyless  Code = "Who spoke last as %s had no key. Name the address instead; the log has it."
	LastSpeakerAddress  Code = "Who spoke last as %s had no key, and came from %s: name that instead, which means all who come from there."
	NotAnOperator       Code = "%s is an operator. Take that away first, with /deop."
	KickedNow           Code = "%s had to leave."
	KickUnconfirmed     Code = "%s is at another machine, which does not answer now, and may still be there. Try again."
	GoodbyeKicked       Code = "An operator had you leave."
	GoodbyeKickedReason Code = "An operator had you leave: %s"
	InvalidNumber       Code = "Write a number from %d to %d."
	Done                Code = "Done."
	NeverStored         Code = "It could not be stored, and holds only until the server restarts. The server's log says why."
	NotStoredYet        Code = "It holds, but is not stored yet: the store takes nothing at the moment. Were the server to crash now, it would be undone."

	BannedForGood       Code = "You are banned from this house."
	BannedForGoodReason Code = "You are banned from this house: %s"
	BannedUntil         Code = "You are banned from this house until %s."
	BannedUntilReason   Code = "You are banned from this house until %s: %s"
	MutedForGood        Code = "You are muted: nobody reads what you say."
	MutedForGoodReason  Code = "You are muted: nobody reads what you say. The reason: %s"
	MutedUntil          Code = "You are muted until %s: nobody reads what you say."
	MutedUntilReason    Code = "You are muted until %s: nobody reads what you say. The reason: %s"
	BannedNow           Code = "Banned for good: %s"
	BannedNowUntil      Code = "Banned: %s, until %s"
	BannedNoMore        Code = "Not banned any more: %s"
	MutedNow            Code = "Muted for good: %s"
	MutedNowUntil       Code = "Muted: %s, until %s"
	MutedNoMore         Code = "Not muted any more: %s"
	BanLine             Code = "ban: %s, by %s on %s, for good"
	BanLineReason       Code = "ban: %s, by %s on %s, for good, %s"
	BanUntilLine        Code = "ban: %s, by %s on %s, until %s"
	BanUntilLineReason  Code = "ban: %s, by %s on %s, until %s, %s"
	MuteLine            Code = "mute: %s, by %s on %s, for good"
	MuteLineReason      Code = "mute: %s, by %s on %s, for good, %s"
	MuteUntilLine       Code = "mute: %s, by %s on %s, until %s"
	MuteUntilLineReason Code = "mute: %s, by %s on %s, until %s, %s"
	InvalidDuration     Code = "%s is no time. Write 90s, 10m, 2h, 3d, 4w or 1d12h, 3650d at most; without a time it is for good. Nothing was done."
	NoBans              Code = "Nobody is banned or muted."
	NoSuchPenalty       Code = "There is none for %s."
	InvalidNetwork      Code = "%s is no address, and no network as in 192.0.2.0/24 or 2001:db8::/32."
	InvalidFingerprint  Code = "%s is no key: SHA256: and 43 characters are, as /whois shows them."
	TooWide             Code = "%s is too wide a network."
	TooManyPenalties    Code = "There are %d already, as many as may be."
	AuditLine           Code = "%s %s: %s"
	StoreFailing        Code = "What is said cannot be kept at the moment. The log says why."
	StoreRecovered      Code = "What is said is kept again. Lost so far: %d."
	StoreDamaged        Code = "Some of what was kept was damaged on the disk, and is gone. The log says what."
	JournalFellBehind   Code = "The journal fell behind. Lost so far: %d."
	StoreLost           Code = "On %s the store lost what it kept of this house. What is in memory is stored again; the log says what is gone."
	NodesDiffer         Code = "The nodes %s and %s of this house differ in %s. Their logs say how."
	ClocksDiffer        Code = "The clocks of the nodes %s and %s of this house differ by %s. Have both follow a time server."
	NoAuditEntries      Code = "No operator did anything yet."
	NoOwnerEntries      Code = "No owner of a room did anything yet."

	MotdLine                Code = "%s"
	NoMotd                  Code = "There is no message of the day."
	TopicLine               Code = "Topic: %s"
	NoTopic                 Code = "There is no topic."
	TopicSet                Code = "%s set the topic: %s"
	TopicOff                Code = "%s took the topic away."
	SlowOn                  Code = "Slow mode: everybody may say one line in %d seconds."
	SlowOff                 Code = "Slow mode is off."
	SlowMode                Code = "Slow mode: one line in %d seconds. Wait %d more. Nothing was said."
	LockdownOn              Code = "Nobody new gets in for now."
	LockdownOff             Code = "Everybody gets in again."
	NotLockedDown           Code = "Everybody gets in."
	LockedDown              Code = "Nobody new gets in here for now, only those whose key was here before. Come again later."
	ByInvitation            Code = "This house is open by invitation only. With a code, come with a key: ssh HOST enter CODE"
	GoodbyePrivateRoom      Code = "#%s is private now, and you are not invited."
	NoSuchRoom              Code = "There is no room #%s."
	NoSuchStartRoom         Code = "There is no room #%s, so you are in the lobby."
	RoomIsPrivate           Code = "#%s is private. Somebody who keeps it must invite you."
	RoomLooksAlike          Code = "#%s looks too much like #%s, which there is already."
	RoomPrivate             Code = "#%s is private now: only those come in whom you /invite."
	RoomPublic              Code = "#%s is open to everybody now."
	RoomLine                Code = "#%s, %d there"
	PrivateRoomLine         Code = "#%s, private, %d there"
	RoomTopicLine           Code = "#%s, %d there: %s"
	PrivateTopic            Code = "#%s, private, %d there: %s"
	AlreadyThere            Code = "You are in #%s."
	LobbyIsForEveryone      Code = "The lobby is where everybody is."
	NotYourRoom             Code = "#%s is not yours to keep."
	CreateNeedsKey          Code = "There is no room #%s. To found one you need a key."
	TooManyRooms            Code = "There are %d rooms already, as many as may be."
	TooManyRoomsFromAddress Code = "%d rooms were founded from your address already, as many as may be. Operators can close rooms nobody needs."
	NewcomersFull           Code = "So many are taken that keys which are new here get none now. Come again tomorrow, when yours is known."
	ConfirmOpenRoom         Code = "Once it is open, everybody can read #%s, and what was said there while it was private. Nothing has changed yet. To open it, type /room public yes"
	ConfirmCloseRoom        Code = "This closes #%s (%d there), and what was said there is forgotten for good. Nothing has changed yet. To do it, type /close %s yes"
	RoomClosed              Code = "An operator closed #%s."
	RoomClosedNow           Code = "#%s is closed, and what was said there is forgotten."
	TooManyCreated          Code = "You have founded %d rooms already, as many as may be."
	TooManyCreatedFirstDay  Code = "You have founded %d rooms already, as many as a key may on its first day."
	TooManyJoined           Code = "You are in %d rooms already, as many as may be. /part leaves one."
	TooManyInvited          Code = "%d people are invited already, as many as may be."
	InviteNeedsRoom         Code = "Go to the room that you want to invite to, with /join."
	InviteNeedsRoomFlag     Code = "Write to which room, as in invite --room ROOM %s."
	InvitedTo               Code = "%s invites you to #%s: /join #%s"
	InvitedNow              Code = "%s is invited to #%s."

	InviteCode  Code = "Whoever comes with a key and this code may enter from then on: ssh HOST enter %s (once, within %d days)"
	KeyAdmitted Code = "Welcome: your key may enter from now on."

	FloodMuted         Code = "You say too much too fast. You are muted for %d seconds."
	StillFloodMuted    Code = "You said too much too fast. Wait %d seconds. Nothing was said."
	TooFast            Code = "That is too fast. Nothing was done with the line; try again in a moment."
	TooManyScans       Code = "Too much is being looked up at the moment. Try again in a moment."
	TooManySearchWords Code = "Search for %d words at most."
	AddressTooFast     Code = "Too many lines are coming from your address. Nothing was done with yours; try again in a moment."
	TooManySessions    Code = "Too many sessions are starting from your address. Try again in a moment."
	TooManyRenames     Code = "You may take another name %d times a minute. Try again soon."
	GoodbyeTakenOver   Code = "You came in from another terminal. This one is closed."
	GoodbyeRevoked     Code = "This key is not yours any more. Goodbye."

	LinesMissedNotice Code = "You read too slowly: %d lines are lost to you."
	IdleSoon          Code = "You have been idle for a long time. Type something within %s, or you will be disconnected."
	GoodbyeIdle       Code = "You were idle for too long. Goodbye."
	GoodbyeSlow       Code = "You did not read what was sent to you. Goodbye."
	GoodbyeStopping   Code = "The server is stopping. Goodbye."
	GoodbyeRedirect   Code = "The server is stopping. Come in again at %s: %s"
	GoodbyeFailed     Code = "Something went wrong on our side. Please connect again."
)

// A Refusal is the error of everything that a user may ask for and not get: a
// phrase and what fills it. It is meant for the user's eyes; nothing changed.
type Refusal struct {
	Code Code
	Args []any
}

func refuse(p Code, args ...any) *Refusal { return &Refusal{Code: p, Args: args} }

// IsUsage reports whether nothing could be made of the words that were typed.
func (r *Refusal) IsUsage() bool {
	switch r.Code {
	case Usage, WhichName, UnknownCommand, UnknownMeant, UnknownSlashCommand, UnknownSlashMeant, UnknownFlag, FlagNeedsValue, UnclosedQuote,
		TerminalOnly, JoinTerminalOnly, InviteNeedsRoomFlag,
		InvalidTime, InvalidNumber, NoSuchSetting, NoSuchValue:
		return true
	}
	return false
}

// IsTemporary reports whether the same may be done in a while: somebody was too fast, or
// something does not work at the moment.
func (r *Refusal) IsTemporary() bool {
	switch r.Code {
	case TooFast, AddressTooFast, TooManySessions, TooManyScans, FloodMuted, StillFloodMuted, SlowMode, NewcomersFull, TooManyBotsFromAddress, TooManyKeysFromAddress, TooManyRenames, TryLater, StoreUnavailable, PeerUnreachable, KickUnconfirmed, MailboxFull, RecipientBoxFull, TooManyFromYou, TooManyGuestMessages, NoSpaceForMessages, TooManyFromAddress, CannotSaveMessage, MessageMaybeSaved, GoodbyeStopping, GoodbyeRedirect:
		return true
	}
	return false
}

// RefuseNotText is the refusal of what is no text.
func RefuseNotText() *Refusal { return refuse(NotText) }

// RefuseTooLong is the refusal of a line that was too long to be taken in at all.
func RefuseTooLong() *Refusal { return refuse(TextTooLong, MaxText) }

// Error returns the sentence in English.
func (r *Refusal) Error() string { return fmt.Sprintf(string(r.Code), r.Args...) }

// Event makes the refusal what its user reads.
func (r *Refusal) Event() *Event {
	return &Event{Time: time.Now(), Kind: Refused, Code: r.Code, Args: r.Args}
}
