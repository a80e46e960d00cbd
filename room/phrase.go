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
	TooManyLines  Phrase = "That is too many lines: a message may have %d. Nothing was said."
	NotText       Phrase = "That is no text. Nothing was said."
	TextMalformed Phrase = "That is not valid UTF-8. Nothing was said."

	NameTaken      Phrase = "The name %s is taken."
	NamedAlready   Phrase = "You are called %s already."
	NameEmpty      Phrase = "A name needs at least one character."
	NameTooLong    Phrase = "A name may have %d characters at most."
	NameSpaces     Phrase = "A name may not begin or end with a space, nor have two in a row."
	NameBar        Phrase = "A name may not contain |."
	NameAddress    Phrase = "A name may not look like an address."
	NameBegins     Phrase = "A name must begin with a letter, a digit or an emoji."
	NameNotAllowed Phrase = "A name may have letters, digits, emoji, spaces and - _ . ' only."
	NameStray      Phrase = "A name may not contain what looks like one of this server's signs, or mix a rare script with another. Leave this out: %s"
	NameWords      Phrase = "A name may not begin with \"%s\": that reads like a sentence of this server. Choose another name."

	NameOwned       Phrase = "The name %s belongs to somebody else's key."
	GivenOwned      Phrase = "The name %s belongs to somebody else's key, so you are %s here."
	NameLost        Phrase = "The name %s is that of somebody who came in at another machine, so you are %s here."
	NameOffice      Phrase = "The name %s is for operators. Choose another one."
	GivenOffice     Phrase = "The name %s is for operators, so you are %s here."
	GivenTaken      Phrase = "The name %s is taken, so you are %s here."
	GivenNotAllowed Phrase = "The name you came with cannot be used here, so you are %s."

	TalkingTo      Phrase = "What you say goes to %s alone, until /done."
	TalkingToAll   Phrase = "What you say goes to #%s."
	TellFormat     Phrase = "Write a private message as to|NAME|TEXT."
	TellNoText     Phrase = "There is no text in that message."
	NoSuchUser     Phrase = "There is nobody named %s here."
	CannotBeTold   Phrase = "%s cannot read private messages: its client does not show them."
	MailboxFull    Phrase = "%s has too many messages waiting. Yours was not delivered; try again soon."
	LetterWaits    Phrase = "%s is away: your message waits to be read."
	CannotWait     Phrase = "%s is away, and your message cannot be kept at the moment. Nothing was sent; try again later."
	MayWait        Phrase = "%s is away, and the store did not answer whether it keeps your message: it may or may not arrive."
	GuestsLetters  Phrase = "%s is away, and %d messages from people without a key are waiting, as many as may. Nothing was sent. With a key you could leave one: ssh-keygen makes it."
	LettersWait    Phrase = "%s is away, and has yet to read %d messages from you, as many as may wait. Nothing was sent."
	BoxFull        Phrase = "%s is away, and too many messages are waiting already. Nothing was sent; try again later."
	NoSpaceToWait  Phrase = "%s is away, and this server has no space for more waiting messages. Nothing was sent; try again later."
	AddressLetters Phrase = "%s is away, and your address has left as many messages as it may for now. Nothing was sent; try again tomorrow."
	NobodyToReply  Phrase = "Nobody has sent you a private message yet."
	TellerLeft     Phrase = "%s has left, and cannot be told anything now."
	ToldAway       Phrase = "%s is not reading now, and will find your message later."
	ToldAwayWhy    Phrase = "%s is not reading now, and will find your message later: %s"
	AwayNow        Phrase = "You are away, as everybody sees who asks. You are back when you say something."
	AwayNowWhy     Phrase = "You are away, as everybody sees who asks: %s. You are back when you say something."
	BackNow        Phrase = "You are back."
	NotAway        Phrase = "You are not away."
	WhoisAbsent    Phrase = "away since %s"
	WhoisAbsentWhy Phrase = "away since %s: %s"
	UnknownSlashed Phrase = "There is no command %s. /help lists all; to say it, begin with //."
	MeantSlashed   Phrase = "There is no command %s. Did you mean %s? /help lists all; to say it, begin with //."
	UnknownCommand Phrase = "There is no command %s. ssh HOST help lists all."
	UnknownMeant   Phrase = "There is no command %s. Did you mean %s? ssh HOST help lists all."
	SlipHelp       Phrase = "Nothing was said. /help lists the commands. To say %s, enter it again."
	SlipQuit       Phrase = "Nothing was said. /quit or ^D leaves. To say %s, enter it again."
	SlipList       Phrase = "Nothing was said. /who lists who is here, /rooms the rooms. To say %s, enter it again."
	SlipTell       Phrase = "Nothing was said. /%s begins a private message. To say the line to %s, enter it again."
	Usage          Phrase = "Usage: %s"
	NoFlag         Phrase = "There is no flag %s. Usage: %s"
	FlagValue      Phrase = "%s needs a value. Usage: %s"
	OpenQuote      Phrase = "A quote is not closed. Words are quoted as a shell quotes them. Nothing was done."
	NeedsTerminal  Phrase = "%s needs a terminal: come in with ssh HOST, and type /%s."
	JoinTerminal   Phrase = "join needs a terminal, as in ssh -t HOST join ROOM. A command is done in a room by --room ROOM, as in ssh HOST who --room ROOM."

	NothingKept   Phrase = "Nothing that was said is kept here."
	NoPlace       Phrase = "There is no place of yours in #%s, or not any more: this begins now."
	PlaceNotKept  Phrase = "The server has no space to keep your place: the next --since last will not go on from here. --since ID does."
	PlaceTooOld   Phrase = "Not all that was said after %s is remembered any more: lines may be missing here."
	NothingFound  Phrase = "Nothing was found."
	NoTime        Phrase = "That is no time. Times are 2h, 18:30 or 2026-11-20, as in /history since 2h."
	EarlierLines  Phrase = "%d more lines before these: /more"
	LaterLines    Phrase = "%d more lines after these: /more"
	NoMessage     Phrase = "There is no message %s here any more."
	NoMore        Phrase = "There is no more to show."
	ForgetMe      Phrase = "Write /forget me: you can have removed what you said yourself."
	ForgetKey     Phrase = "You came without a key, so nobody can tell which lines are yours."
	ForgetAsk     Phrase = "This removes all that you said, in every room, for good. Nothing has changed yet. To do it, type /forget me yes"
	ForgetNameAsk Phrase = "This removes what was said by %s, in every room, for good. Nothing has changed yet. To do it, type /forget %s yes"
	Forgotten     Phrase = "What %s said is forgotten, and will be removed from what is kept."
	NotReached    Phrase = "%s is at another machine, which does not answer now. Your message may still arrive."
	CutOff        Phrase = "The other machines of this house do not answer. Until they do, you hear only those who came in here, and nobody else hears you."
	ReachedAgain  Phrase = "The other machines answer again: what was said there meanwhile follows."
	NotNow        Phrase = "That cannot be read at the moment. Try again later."

	NeedKey        Phrase = "That needs a key: come with one. ssh-keygen makes it."
	NoNames        Phrase = "No name is yours yet. Come in with your key, and the name you come with is yours, if it is nobody's."
	NotYours       Phrase = "The name %s is not yours."
	ReleaseAsk     Phrase = "Once you give it up, anybody can take the name %s. Nothing has changed yet. To give it up, type /name release %s yes"
	FreeAsk        Phrase = "Once it is free, anybody can take the name %s, which its owner used last on %s. Nothing has changed yet. To free it, type /free %s yes"
	NameReleased   Phrase = "The name %s is free."
	WhichName      Phrase = "Say which: /name release NAME. Yours are: %s."
	NameIsYours    Phrase = "The name %s is yours now."
	NamesFull      Phrase = "You have %d names, as many as may be: %s. Give one up first: /name release NAME."
	NewNamesFull   Phrase = "You have %d names, as many as a key may have on its first day: %s. Give one up first: /name release NAME."
	NameNotYours   Phrase = "You are %s, but that name is not yours. You have %d, as many as may be: %s. /name release NAME gives one up."
	NamesUsedUp    Phrase = "You are %s, but that name is not yours: no more names can be given to new keys now. Come again tomorrow."
	NamesFromHere  Phrase = "You are %s, but that name is not yours: too many new names came from your address. Come again tomorrow."
	NameGone       Phrase = "The name %s is yours no more: it was not used for too long, somebody else had it first, or an operator freed it."
	NameMended     Phrase = "Your name %s cannot be used any more. In its place this one is yours: %s"
	OwnedLine      Phrase = "%s is yours, last used on %s"
	NobodysName    Phrase = "The name %s is nobody's."
	NameTried      Phrase = "Somebody with another key, or none, asked for your name %s, and is called %s."
	NameTriedOften Phrase = "Somebody with another key, or none, asked for your name %s while you were away: %d times."

	KeyLine        Phrase = "%s"
	ThisKeyLine    Phrase = "%s, the one you came with"
	KeyOffer       Phrase = "Come with the other key and type /key add %s within %d minutes. Give the code to nobody: it makes a key one of yours."
	KeyAsk         Phrase = "That code comes from %s: if you use it, this key becomes that person's, and so do its names (%s), rights and settings. Nothing has changed yet. If that person is you, type /key add %s yes"
	KeyAskOperator Phrase = "That code comes from %s: if you use it, this key becomes that person's, and so do its names (%s) and settings. That person also becomes an operator. Nothing has changed yet. If that person is you, type /key add %s yes"
	KeyRemoveAsk   Phrase = "Whoever has the key %s would then be a stranger here. Nothing has changed yet. To remove it, type /key remove %s yes"
	KeyAdded       Phrase = "This key is yours now. Come in again to be the same person with both."
	KeyIsYours     Phrase = "That is the code for your other key: type it where you came with that one."
	KeyHasOthers   Phrase = "This key belongs to a person with more keys. Remove it there first."
	KeysHaveNames  Phrase = "One person may have %d names, and your two keys have more: %s. Give some up first: /name release NAME."
	KeyRemoved     Phrase = "The key %s is yours no more."
	KeyInFile      Phrase = "The key %s is yours no more. But a file of this server gives rights to who has it: whoever runs the server must take it out there."
	NoSuchKey      Phrase = "You have no key %s."
	KeysFromHere   Phrase = "No more keys can be added for now. Come again tomorrow."
	LastKey        Phrase = "That is your only key. Add another first."
	TooManyKeys    Phrase = "You have %d keys, as many as may be. Remove one first."
	WrongCode      Phrase = "There is no such code, or it is too old. Ask for another."
	TryLater       Phrase = "There are too many codes about at the moment. Try again later."

	BotNow      Phrase = "This key is a bot's now, and everybody sees that. /key person takes it back."
	BotNoMore   Phrase = "This key is a person's again."
	IsBot       Phrase = "This key is a bot's already."
	IsNoBot     Phrase = "This key is no bot's. /key bot makes it one."
	BotHasKeys  Phrase = "You have more keys than this one, and all of them would be a bot's. Give the bot a key of its own."
	TooManyBots Phrase = "There are %d bots already, as many as may be."
	BotsNearby  Phrase = "Too many bots came from your address. Come again tomorrow."
	NoSuchBot   Phrase = "There is no bot named %s."
	BotUnmarked Phrase = "%s is marked as a bot no more."
	WhoisBot    Phrase = "a bot"
	WhoisFollow Phrase = "a bot, which follows %s"
	BotIsDeaf   Phrase = "%s is a bot that reads no private messages now. Nothing was sent."

	NoCommands      Phrase = `These are no commands: a JSON array is wanted of {"name": ..., "params": ..., "help": ...}. Nothing was changed.`
	TooManyCommands Phrase = "A bot may have %d commands. Nothing was changed."
	NoCommandName   Phrase = "%q is no name of a command: 2 to 20 of a-z, 0-9 and - are. Nothing was changed."
	CommandThere    Phrase = "There is a command %s already. Nothing was changed."
	CommandTaken    Phrase = "%s is a command of the bot %s. Nothing was changed."
	CommandText     Phrase = "%s needs a help of up to %d characters, and params of up to %d, in one line. Nothing was changed."
	CommandsKept    Phrase = "Commands of this bot from now on: %d."
	NoBotCommands   Phrase = "No bot has a command."
	BotCommandLine  Phrase = "%s: %s (%s)"
	BotHelp         Phrase = "The bot %s says of it: %s"
	BotAway         Phrase = "The bot %s does not read #%s now. Nothing was done: %s"
	HandedToBot     Phrase = "Handed to %s: %s"
	BotNotReached   Phrase = "The bot %s is at another machine, which does not answer now. It may not have read this: %s"
	BotLost         Phrase = "%s went away, and may not have read this: %s"

	WhoisVerified Phrase = "%s: the name belongs to this key"
	WhoisKeyed    Phrase = "%s: has a key, to which the name does not belong"
	WhoisGuest    Phrase = "%s: a guest without a key; anybody may use this name"
	WhoisKey      Phrase = "key %s"
	WhoisSession  Phrase = "came by %s with %s on %s, idle for %s"
	WhoisAddress  Phrase = "from %s"
	WhoisAway     Phrase = "%s is away, and was last here on %s"
	WhoisSpoke    Phrase = "not here, and spoke last on %s"
	WhoisHereAs   Phrase = "%s is here as %s"

	Ignored        Phrase = "%s does not want to read messages from you."
	IgnoredNow     Phrase = "You will read nothing from %s any more. /unignore brings it back."
	IgnoredNoMore  Phrase = "You read what %s says again."
	NotIgnored     Phrase = "You do not ignore %s."
	IgnoredLine    Phrase = "%s"
	NobodyIgnored  Phrase = "You ignore nobody."
	NotYourself    Phrase = "That is yourself."
	TooManyIgnored Phrase = "You ignore %d people, as many as may be."

	SetLang       Phrase = "lang: %s (%s), the language you read"
	SetTheme      Phrase = "theme: %s (%s), the colours you see"
	SetClock      Phrase = "clock: %s (%s), how you see the time of a line"
	SetZone       Phrase = "zone: %s (%s), where those times are"
	SetPlain      Phrase = "plain: %s (%s), without colours"
	SetQuiet      Phrase = "quiet: %s (%s), without those who come and go"
	SetBell       Phrase = "bell: %s (%s), rings when somebody means you"
	SetNotify     Phrase = "notify: %s (%s), a sign of your terminal when somebody means you"
	ForNowOnly    Phrase = "That lasts until you leave: the server has no space to keep more of these for now."
	NoSuchSetting Phrase = "There is no setting %s. /set lists all."
	NoSuchZone    Phrase = "zone may be a time zone as in Asia/Shanghai, or auto. Nothing was changed."
	NoSuchTime    Phrase = "time may be 24, 12 or off, or a zone as in Asia/Shanghai, or auto. Nothing was changed."
	NoSuchValue   Phrase = "%s may be %s. Nothing was changed."

	OperatorsOnly  Phrase = "Only operators may do that."
	NoOpCode       Phrase = "There is no such code here, or it was used. While there is no operator this server's log shows one."
	YouAreOperator Phrase = "You are an operator now. /help lists what you may do."
	MadeOperator   Phrase = "%s is an operator now."
	OperatorNoMore Phrase = "%s is an operator no more."
	NotOperatorNow Phrase = "You are no operator any more."
	LastOperator   Phrase = "%s is the last operator. Make somebody else one first: /op NAME."
	KickedSelf     Phrase = "That is you. Nobody was sent away."
	OperatorStill  Phrase = "%s is an operator still, by the file of operators: take the key out of it, too."
	OperatorByFile Phrase = "%s is an operator by the file of operators: take the key out of it."
	IsNoOperator   Phrase = "%s is no operator."
	NoKeyKnown     Phrase = "There is nobody named %s who has a key."
	SpokeKeyless   Phrase = "Who spoke last as %s had no key. Name the address instead; the log has it."
	SpokeFrom      Phrase = "Who spoke last as %s had no key, and came from %s: name that instead, which means all who come from there."
	NotAnOperator  Phrase = "%s is an operator. Take that away first, with /deop."
	KickedNow      Phrase = "%s had to leave."
	NotSentAway    Phrase = "%s is at another machine, which does not answer now, and may still be there. Try again."
	GoneKicked     Phrase = "An operator had you leave."
	GoneKickedWhy  Phrase = "An operator had you leave: %s"
	NoNumber       Phrase = "Write a number from %d to %d."
	Done           Phrase = "Done."
	NeverStored    Phrase = "It could not be stored, and holds only until the server restarts. The server's log says why."
	NotStoredYet   Phrase = "It holds, but is not stored yet: the store takes nothing at the moment. Were the server to crash now, it would be undone."

	BannedForGood    Phrase = "You are banned from this house."
	BannedForGoodWhy Phrase = "You are banned from this house: %s"
	BannedUntil      Phrase = "You are banned from this house until %s."
	BannedUntilWhy   Phrase = "You are banned from this house until %s: %s"
	MutedForGood     Phrase = "You are muted: nobody reads what you say."
	MutedForGoodWhy  Phrase = "You are muted: nobody reads what you say. The reason: %s"
	MutedUntil       Phrase = "You are muted until %s: nobody reads what you say."
	MutedUntilWhy    Phrase = "You are muted until %s: nobody reads what you say. The reason: %s"
	BannedNow        Phrase = "Banned for good: %s"
	BannedNowUntil   Phrase = "Banned: %s, until %s"
	BannedNoMore     Phrase = "Not banned any more: %s"
	MutedNow         Phrase = "Muted for good: %s"
	MutedNowUntil    Phrase = "Muted: %s, until %s"
	MutedNoMore      Phrase = "Not muted any more: %s"
	BanLine          Phrase = "ban: %s, by %s on %s, for good"
	BanLineWhy       Phrase = "ban: %s, by %s on %s, for good, %s"
	BanUntilLine     Phrase = "ban: %s, by %s on %s, until %s"
	BanUntilLineWhy  Phrase = "ban: %s, by %s on %s, until %s, %s"
	MuteLine         Phrase = "mute: %s, by %s on %s, for good"
	MuteLineWhy      Phrase = "mute: %s, by %s on %s, for good, %s"
	MuteUntilLine    Phrase = "mute: %s, by %s on %s, until %s"
	MuteUntilLineWhy Phrase = "mute: %s, by %s on %s, until %s, %s"
	NoSpan           Phrase = "%s is no time. Write 90s, 10m, 2h, 3d, 4w or 1d12h, 3650d at most; without a time it is for good. Nothing was done."
	NoBans           Phrase = "Nobody is banned or muted."
	NoSuchPenalty    Phrase = "There is none for %s."
	NoNetwork        Phrase = "%s is no address, and no network as in 192.0.2.0/24 or 2001:db8::/32."
	NoFingerprint    Phrase = "%s is no key: SHA256: and 43 characters are, as /whois shows them."
	TooWide          Phrase = "%s is too wide a network."
	TooManyPenalties Phrase = "There are %d already, as many as may be."
	ActLine          Phrase = "%s %s: %s"
	NotKept          Phrase = "What is said cannot be kept at the moment. The log says why."
	KeptAgain        Phrase = "What is said is kept again. Lost so far: %d."
	SomeDamaged      Phrase = "Some of what was kept was damaged on the disk, and is gone. The log says what."
	LostSome         Phrase = "The journal fell behind. Lost so far: %d."
	StoreLost        Phrase = "On %s the store lost what it kept of this house. What is in memory is stored again; the log says what is gone."
	NodesDiffer      Phrase = "The nodes %s and %s of this house differ in %s. Their logs say how."
	ClocksDiffer     Phrase = "The clocks of the nodes %s and %s of this house differ by %s. Have both follow a time server."
	NoActs           Phrase = "No operator did anything yet."
	NoOwnersActs     Phrase = "No owner of a room did anything yet."

	MotdLine        Phrase = "%s"
	NoMotd          Phrase = "There is no message of the day."
	TopicLine       Phrase = "Topic: %s"
	NoTopic         Phrase = "There is no topic."
	TopicSet        Phrase = "%s set the topic: %s"
	TopicOff        Phrase = "%s took the topic away."
	SlowOn          Phrase = "Slow mode: everybody may say one line in %d seconds."
	SlowOff         Phrase = "Slow mode is off."
	SlowMode        Phrase = "Slow mode: one line in %d seconds. Wait %d more. Nothing was said."
	LockdownOn      Phrase = "Nobody new gets in for now."
	LockdownOff     Phrase = "Everybody gets in again."
	NotLockedDown   Phrase = "Everybody gets in."
	LockedDown      Phrase = "Nobody new gets in here for now, only those whose key was here before. Come again later."
	ByInvitation    Phrase = "This house is open by invitation only. With a code, come with a key: ssh HOST enter CODE"
	GoneFromRoom    Phrase = "#%s is private now, and you are not invited."
	NoSuchRoom      Phrase = "There is no room #%s."
	NoRoomToBegin   Phrase = "There is no room #%s, so you are in the lobby."
	RoomIsPrivate   Phrase = "#%s is private. Somebody who keeps it must invite you."
	RoomLooksAlike  Phrase = "#%s looks too much like #%s, which there is already."
	RoomPrivate     Phrase = "#%s is private now: only those come in whom you /invite."
	RoomPublic      Phrase = "#%s is open to everybody now."
	RoomLine        Phrase = "#%s, %d there"
	PrivateRoomLine Phrase = "#%s, private, %d there"
	RoomTopicLine   Phrase = "#%s, %d there: %s"
	PrivateTopic    Phrase = "#%s, private, %d there: %s"
	AlreadyThere    Phrase = "You are in #%s."
	LobbyIsForAll   Phrase = "The lobby is where everybody is."
	NotYourRoom     Phrase = "#%s is not yours to keep."
	FoundNeedsKey   Phrase = "There is no room #%s. To found one you need a key."
	TooManyRooms    Phrase = "There are %d rooms already, as many as may be."
	RoomsFromHere   Phrase = "%d rooms were founded from your address already, as many as may be. Operators can close rooms nobody needs."
	NewKeysFull     Phrase = "So many are taken that keys which are new here get none now. Come again tomorrow, when yours is known."
	OpenAsk         Phrase = "Once it is open, everybody can read #%s, and what was said there while it was private. Nothing has changed yet. To open it, type /room public yes"
	CloseAsk        Phrase = "This closes #%s (%d there), and what was said there is forgotten for good. Nothing has changed yet. To do it, type /close %s yes"
	RoomClosed      Phrase = "An operator closed #%s."
	RoomClosedNow   Phrase = "#%s is closed, and what was said there is forgotten."
	TooManyFounded  Phrase = "You have founded %d rooms already, as many as may be."
	NewFounded      Phrase = "You have founded %d rooms already, as many as a key may on its first day."
	TooManyPlaces   Phrase = "You are in %d rooms already, as many as may be. /part leaves one."
	TooManyInvited  Phrase = "%d people are invited already, as many as may be."
	InviteFromRoom  Phrase = "Go to the room that you want to invite to, with /join."
	InviteByFlag    Phrase = "Write to which room, as in invite --room ROOM %s."
	InvitedTo       Phrase = "%s invites you to #%s: /join #%s"
	InvitedNow      Phrase = "%s is invited to #%s."

	InviteCode Phrase = "Whoever comes with a key and this code may enter from then on: ssh HOST enter %s (once, within %d days)"
	Invited    Phrase = "Welcome: your key may enter from now on."

	Hushed         Phrase = "You say too much too fast. You are muted for %d seconds."
	HushedStill    Phrase = "You said too much too fast. Wait %d seconds. Nothing was said."
	TooFast        Phrase = "That is too fast. Nothing was done with the line; try again in a moment."
	TooMuchRead    Phrase = "Too much is being looked up at the moment. Try again in a moment."
	TooManyWords   Phrase = "Search for %d words at most."
	TooFastHere    Phrase = "Too many lines are coming from your address. Nothing was done with yours; try again in a moment."
	TooMany        Phrase = "Too many sessions are starting from your address. Try again in a moment."
	TooManyRenames Phrase = "You may take another name %d times a minute. Try again soon."
	GoneTakenOver  Phrase = "You came in from another terminal. This one is closed."
	GoneRevoked    Phrase = "This key is not yours any more. Goodbye."

	LinesMissed  Phrase = "You read too slowly: %d lines are lost to you."
	IdleSoon     Phrase = "You have been idle for a long time. Type something within %s, or you will be disconnected."
	GoneIdle     Phrase = "You were idle for too long. Goodbye."
	GoneSlow     Phrase = "You did not read what was sent to you. Goodbye."
	GoneStopping Phrase = "The server is stopping. Goodbye."
	GoneComeBack Phrase = "The server is stopping. Come in again at %s: %s"
	GoneFailed   Phrase = "Something went wrong on our side. Please connect again."
)

// A Refusal is the error of everything that a user may ask for and not get: a
// phrase and what fills it. It is meant for the user's eyes; nothing changed.
type Refusal struct {
	Phrase Phrase
	Args   []any
}

func refuse(p Phrase, args ...any) *Refusal { return &Refusal{Phrase: p, Args: args} }

// Usage reports whether nothing could be made of the words that were typed.
func (r *Refusal) Usage() bool {
	switch r.Phrase {
	case Usage, WhichName, UnknownCommand, UnknownMeant, UnknownSlashed, MeantSlashed, NoFlag, FlagValue, OpenQuote,
		NeedsTerminal, JoinTerminal, InviteByFlag,
		NoTime, NoNumber, NoSuchSetting, NoSuchValue:
		return true
	}
	return false
}

// Later reports whether the same may be done in a while: somebody was too fast, or
// something does not work at the moment.
func (r *Refusal) Later() bool {
	switch r.Phrase {
	case TooFast, TooFastHere, TooMany, TooMuchRead, Hushed, HushedStill, SlowMode, NewKeysFull, BotsNearby, KeysFromHere, TooManyRenames, TryLater, NotNow, NotReached, NotSentAway, MailboxFull, BoxFull, LettersWait, GuestsLetters, NoSpaceToWait, AddressLetters, CannotWait, MayWait, GoneStopping, GoneComeBack:
		return true
	}
	return false
}

// NoText is the refusal of what is no text.
func NoText() *Refusal { return refuse(NotText) }

// TooLong is the refusal of a line that was too long to be taken in at all.
func TooLong() *Refusal { return refuse(TextTooLong, MaxText) }

// Error returns the sentence in English.
func (r *Refusal) Error() string { return fmt.Sprintf(string(r.Phrase), r.Args...) }

// Event makes the refusal what its user reads.
func (r *Refusal) Event() *Event {
	return &Event{Time: time.Now(), Kind: Refused, Phrase: r.Phrase, Args: r.Args}
}
