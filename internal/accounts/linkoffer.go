package accounts

import (
	"maps"
	"time"

	"teahouse/internal/ids"
)

const (
	// LinkOfferTTL is how long a code for adding a key is valid.
	LinkOfferTTL = 10 * time.Minute

	// MaxLinkOffers is how many such codes may be open at a time.
	MaxLinkOffers = 1000
)

// A LinkOffer is a person's offer to take in another key, which needs a code.
type LinkOffer struct {
	Person  ids.Account
	expires time.Time
}

// SweepOffers drops a person's offers and all expired ones. It returns how many are left.
func (k *Keys) SweepOffers(person ids.Account) int {
	now := time.Now()
	maps.DeleteFunc(k.offers, func(_ string, o *LinkOffer) bool { return o.Person == person || now.After(o.expires) })
	return len(k.offers)
}

// Offer records that a person offers to take in the key of whoever enters a code.
func (k *Keys) Offer(code string, person ids.Account) {
	k.offers[code] = &LinkOffer{person, time.Now().Add(LinkOfferTTL)}
}

// Offered returns the offer with a code, or nil.
func (k *Keys) Offered(code string) *LinkOffer {
	if o := k.offers[code]; o != nil && !time.Now().After(o.expires) {
		return o
	}
	return nil
}

// Accept uses up the offer with a code, and drops the offers of the person who accepts it.
func (k *Keys) Accept(code string, person ids.Account) {
	delete(k.offers, code)
	maps.DeleteFunc(k.offers, func(_ string, o *LinkOffer) bool { return o.Person == person })
}
