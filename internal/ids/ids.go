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
