package accounts

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/records"
)

func newTestKeys() *Keys {
	k := NewKeys()
	k.Register(records.NewRegistry(func(records.Record) {}, func(s string) string { return s }))
	return k
}

// A linked key belongs to the other person, who remembers its former person. A removed key is a
// stranger's, and the person still remembers.
func TestLinkAndUnlink(t *testing.T) {
	k := newTestKeys()
	if k.PersonOf("A") != "A" || k.PersonOf("") != "" || !slices.Equal(k.Of("A"), []string{"A"}) {
		t.Errorf("A is %q, with the keys %v", k.PersonOf("A"), k.Of("A"))
	}
	k.Link("B", "B", "A")
	if k.PersonOf("B") != "A" || !slices.Equal(k.Of("A"), []string{"A", "B"}) || !slices.Equal(k.IDs("A"), []string{"A", "B"}) {
		t.Errorf("B is %q, A has the keys %v and was %v", k.PersonOf("B"), k.Of("A"), k.IDs("A"))
	}
	k.Unlink("B")
	stranger := k.PersonOf("B")
	if !strings.HasPrefix(stranger, "B~") || k.IsKnown(stranger) {
		t.Errorf("B is %q after it was removed", stranger)
	}
	if !slices.Equal(k.Of("A"), []string{"A"}) || !slices.Equal(k.IDs("A"), []string{"A", "B"}) {
		t.Errorf("A has the keys %v and was %v", k.Of("A"), k.IDs("A"))
	}
}

// A person's first key may be removed too: the person remains, but that key no longer puts them on
// any list.
func TestUnlinkFirstKey(t *testing.T) {
	k := newTestKeys()
	k.Link("B", "B", "A")
	k.Unlink("A")
	if k.PersonOf("A") == "A" || k.PersonOf("B") != "A" || !slices.Equal(k.Of("A"), []string{"B"}) {
		t.Errorf("A is %q, B %q", k.PersonOf("A"), k.PersonOf("B"))
	}
	is := func(fingerprint string) func(string) bool {
		return func(listed string) bool { return listed == fingerprint }
	}
	if k.HasListed("A", is("A")) || !k.HasListed("A", is("B")) || k.HasListed("A", nil) {
		t.Error("the lists are wrong")
	}
}

// A code expires, and a person's next code replaces it.
func TestLinkOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKeys()
		k.Offer("one", "A")
		if n := k.SweepOffers("A"); n != 0 || k.Offered("one") != nil {
			t.Errorf("%d codes are left", n)
		}
		k.Offer("two", "A")
		k.Offer("three", "B")
		time.Sleep(LinkOfferTTL)
		if o := k.Offered("two"); o == nil || o.Person != "A" {
			t.Errorf("the offer is %+v", o)
		}
		k.Accept("two", "B")
		if k.Offered("two") != nil || k.Offered("three") != nil {
			t.Error("a code is good twice")
		}
		k.Offer("four", "A")
		time.Sleep(LinkOfferTTL + 1)
		if k.Offered("four") != nil {
			t.Error("an old code is good")
		}
	})
}
