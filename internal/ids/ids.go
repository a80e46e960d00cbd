package ids

// A Fingerprint identifies a public key, as ssh-keygen -l prints it: "SHA256:" and 43 characters.
// "" stands for no key.
type Fingerprint string

// An Account identifies a person for good, whatever they call themselves. It is the fingerprint of
// the person's first key; if that was removed from somebody else, "~" and a time follow. "" stands
// for somebody without a key, who has no account.
type Account string

// FirstAccount returns the account of a key that has never been linked to another.
func (f Fingerprint) FirstAccount() Account { return Account(f) }

// A NameKey is what a name is found by: names that differ in case or width only have the same one.
// Package names makes it. "" is the key of no name.
type NameKey string

// Room returns the room that has a name with this key.
func (k NameKey) Room() Room { return Room(k) }

// A Room identifies a room, by the key of its name.
type Room string
