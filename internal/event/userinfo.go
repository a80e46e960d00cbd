package event

import (
	"net/netip"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/sanitize"
	"teahouse/internal/text"
)

// Repaired returns the user of an event with a valid name. The user may be nil.
func (ui *UserInfo) Repaired() *UserInfo {
	if ui == nil || names.Repaired(ui.Name) == ui.Name {
		return ui
	}
	shown := *ui
	shown.Name, shown.Verified, shown.folded = names.Repaired(ui.Name), false, nil
	return &shown
}

// A UserInfo describes a user as they were when an event happened. It is immutable.
type UserInfo struct {
	SessionID uint64      `json:"session_id"` // one for each session, in order of arrival
	Name      string      `json:"name"`
	Address   string      `json:"address,omitempty"` // shown by the classic dialects; never base a decision on it
	Person    ids.Account `json:"person,omitempty"`  // the person that a proven public key belongs to, or ""

	Verified bool `json:"verified,omitempty"` // the person owns the name
	Unnamed  bool `json:"unnamed,omitempty"`  // came through a door that asks for no name; doors that show addresses show the address instead
	Bot      bool `json:"bot,omitempty"`      // a program, according to its owner

	Away bool `json:"away,omitempty"` // the user said that they are away; only /who sets it

	folded *names.Folded // Name, folded for finding mentions; nil until it is known
}

// Subject returns what identifies the user: the person or, for somebody without a key, the session,
// as long as it lasts.
func (ui *UserInfo) Subject() string {
	if ui.Person != "" {
		return string(ui.Person)
	}
	return accounts.SessionSubject(ui.SessionID)
}

// SetName gives the user a name, which finding mentions is faster with than one that was only
// assigned. Nobody else may know of ui yet.
func (ui *UserInfo) SetName(name string) { ui.Name, ui.folded = name, names.Fold(name) }

// NameKey returns the [names.Key] of the user's name.
func (ui *UserInfo) NameKey() ids.NameKey {
	if ui.folded != nil {
		return ui.folded.Key
	}
	return names.Key(ui.Name)
}

// Sanitize cleans the texts that describe a user.
func (ui *UserInfo) Sanitize() {
	ui.Name, ui.Address, ui.Person = names.Sanitize(ui.Name), text.Limit(ui.Address, sanitize.MaxKeyBytes, text.Clean), sanitize.Key(ui.Person)
	ui.Verified = ui.Verified && ui.Person != ""
}

// RemoteAddr returns the address of a user as far as the doors show it, or the zero Addr. It
// ignores this machine's own address: a proxy makes everybody come from there.
func (ui *UserInfo) RemoteAddr() netip.Addr {
	at, err := netip.ParseAddrPort(ui.Address)
	if err != nil || at.Addr().Unmap().IsLoopback() {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}
