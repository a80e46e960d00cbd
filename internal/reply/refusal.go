package reply

import (
	"teahouse/internal/i18n"
)

// A Refusal is the error of everything that a user may ask for and not get: a code, and what
// fills in its sentence. Nothing changed.
type Refusal struct {
	Code Code
	Args []any
}

func Refuse(code Code, args ...any) *Refusal { return &Refusal{Code: code, Args: args} }

// Sentence returns the refusal as it is said.
func (r *Refusal) Sentence() Sentence { return Sentence{Code: r.Code, Args: r.Args} }

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

// Error returns the sentence in English, for the log.
func (r *Refusal) Error() string { return i18n.Sprint(string(r.Code), r.Args...) }
