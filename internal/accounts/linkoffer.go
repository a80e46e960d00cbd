package accounts

import (
	"maps"
	"time"
)

const (
	// LinkOfferTTL is how long a code lasts by which another key is added.
	LinkOfferTTL = 10 * time.Minute

	// MaxLinkOffers is how many such codes there are at a time.
	MaxLinkOffers = 1000
)

// A LinkOffer is what a person offers by a code: to take in another key.
type LinkOffer struct {
	Person  string
	expires time.Time
}

// SweepOffers drops a person's offers, and those that are over. It returns how many are left.
func (k *Keys) SweepOffers(person string) int {
	now := time.Now()
	maps.DeleteFunc(k.offers, func(_ string, o *LinkOffer) bool { return o.Person == person || now.After(o.expires) })
	return len(k.offers)
}

// Offer has a person offer to take in the key of whoever brings a code.
func (k *Keys) Offer(code, person string) {
	k.offers[code] = &LinkOffer{person, time.Now().Add(LinkOfferTTL)}
}

// Offered returns the offer of a code, or nil.
func (k *Keys) Offered(code string) *LinkOffer {
	if o := k.offers[code]; o != nil && !time.Now().After(o.expires) {
		return o
	}
	return nil
}

// Accept uses up the offer of a code. Offers of the person who accepts it are over, too.
func (k *Keys) Accept(code, person string) {
	delete(k.offers, code)
	maps.DeleteFunc(k.offers, func(_ string, o *LinkOffer) bool { return o.Person == person })
}
