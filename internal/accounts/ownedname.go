package accounts

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/sanitize"
)

const (
	// MaxNames is how many names a person may own, and MaxNewcomerNames how many a newcomer.
	MaxNames         = 5
	MaxNewcomerNames = 3

	// MaxOwnedNames is how many names may be owned in all. At that limit, unused names are freed.
	MaxOwnedNames = 50_000

	// MaxSpellings is how many other spellings of a name its owner may have.
	MaxSpellings = 4

	// AttemptNoticeInterval is how often, at most, an owner is told that somebody asked for their
	// name.
	AttemptNoticeInterval = time.Minute
)

// An OwnedName is a name and its owner, the person who first used it with a key.
type OwnedName struct {
	Name      string      `json:"name"`
	Person    ids.Account `json:"person"`
	Since     time.Time   `json:"since,omitzero"`  // when it was claimed
	LastUsed  time.Time   `json:"seen"`            // when the owner last used the name
	Attempts  int         `json:"tries,omitempty"` // how often others asked for it since the owner was last told
	Spellings []string    `json:"also,omitempty"`  // other spellings that the owner used, which look like more than Name does

	identity  names.Identity
	skeletons []string  // what Name and Spellings look like, which nobody else may use
	toldAt    time.Time // when the owner was last told of Attempts
}

// Identity returns the form of the name that is compared.
func (o *OwnedName) Identity() names.Identity { return o.identity }

// Looks returns what the name and its spellings look like, as far as no other owner's name does.
func (o *OwnedName) Looks() []string { return o.skeletons }

// covers reports whether a key is that of the name, or of one of its spellings.
func (o *OwnedName) covers(key ids.NameKey) bool {
	return o.identity.Key == key || slices.ContainsFunc(o.Spellings, func(name string) bool { return names.Key(name) == key })
}

// compare orders claims to the same name: the older claim comes first.
func (o *OwnedName) compare(other *OwnedName) int {
	return cmp.Or(o.Since.Compare(other.Since), cmp.Compare(o.Person, other.Person))
}

func (o *OwnedName) sanitize(_ string, now time.Time) error {
	o.Name, o.Person, o.Spellings = names.Sanitize(o.Name), sanitize.Key(o.Person), sanitize.Names(o.Spellings, MaxSpellings)
	o.Since, o.LastUsed, o.Attempts = sanitize.Time(o.Since, now), sanitize.Time(o.LastUsed, now), max(o.Attempts, 0)
	if o.Name == "" || o.Person == "" {
		return errors.New("it is nobody's name")
	}
	return nil
}
