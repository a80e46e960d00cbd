package accounts

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/ids"
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
	if k.PersonOf("A") != "A" || k.PersonOf("") != "" || !slices.Equal(k.Of("A"), []ids.Fingerprint{"A"}) {
		t.Errorf("an unknown key A belongs to the person %q with the keys %v, want A with A alone", k.PersonOf("A"), k.Of("A"))
	}
	k.Link("B", "B", "A")
	if k.PersonOf("B") != "A" || !slices.Equal(k.Of("A"), []ids.Fingerprint{"A", "B"}) || !slices.Equal(k.IDs("A"), []ids.Account{"A", "B"}) {
		t.Errorf("B was linked to A and belongs to %q; A has the keys %v and the IDs %v", k.PersonOf("B"), k.Of("A"), k.IDs("A"))
	}
	k.Unlink("B")
	stranger := k.PersonOf("B")
	if !strings.HasPrefix(string(stranger), "B~") || k.IsKnown(stranger) {
		t.Errorf("B was removed and belongs to %q, want a stranger whom nobody knows", stranger)
	}
	if !slices.Equal(k.Of("A"), []ids.Fingerprint{"A"}) || !slices.Equal(k.IDs("A"), []ids.Account{"A", "B"}) {
		t.Errorf("after B was removed, A has the keys %v and the IDs %v, want A, and A and B", k.Of("A"), k.IDs("A"))
	}
}

// A person's first key may be removed too: the person remains, but that key no longer puts them on
// any list.
func TestUnlinkFirstKey(t *testing.T) {
	k := newTestKeys()
	k.Link("B", "B", "A")
	k.Unlink("A")
	if k.PersonOf("A") == "A" || k.PersonOf("B") != "A" || !slices.Equal(k.Of("A"), []ids.Fingerprint{"B"}) {
		t.Errorf("after the first key A was removed, A belongs to %q and B to %q with the keys %v; want a stranger, and A with B alone", k.PersonOf("A"), k.PersonOf("B"), k.Of("A"))
	}
	if stranger := k.PersonOf("A"); k.Current("A") != "A" || k.Current("B") != "A" || k.Current(stranger) != stranger {
		t.Errorf("A is %q today, B is %q, and the stranger %q is %q", k.Current("A"), k.Current("B"), stranger, k.Current(stranger))
	}
	is := func(fingerprint ids.Fingerprint) func(ids.Fingerprint) bool {
		return func(listed ids.Fingerprint) bool { return listed == fingerprint }
	}
	if k.HasListed("A", is("A")) || !k.HasListed("A", is("B")) || k.HasListed("A", nil) {
		t.Errorf("person A is listed by the removed key A: %v, and by the key B: %v; want false and true", k.HasListed("A", is("A")), k.HasListed("A", is("B")))
	}
}

// Whoever was merged into another person is that person today, no matter which of their keys were
// removed before or since.
func TestCurrentAfterRemovals(t *testing.T) {
	t.Run("the merged key was removed", func(t *testing.T) {
		k := newTestKeys()
		k.Link("A", "A", "Q")
		k.Unlink("A")
		if got := k.Current("A"); got != "Q" {
			t.Errorf("A is %q today, want Q", got)
		}
		k.Link("Q", "Q", "R")
		if k.Current("A") != "R" || k.Current("Q") != "R" {
			t.Errorf("after Q joined R, A is %q and Q is %q today, want R", k.Current("A"), k.Current("Q"))
		}
	})
	t.Run("the first key was removed before the merger", func(t *testing.T) {
		k := newTestKeys()
		k.Link("B", "B", "A")
		k.Unlink("A")
		k.Link("B", "A", "Q")
		if k.Current("A") != "Q" || k.Current("B") != "Q" {
			t.Errorf("A is %q and B is %q today, want Q", k.Current("A"), k.Current("B"))
		}
	})
	t.Run("the stranger was merged", func(t *testing.T) {
		k := newTestKeys()
		k.Link("B", "B", "A")
		k.Unlink("A")
		stranger := k.PersonOf("A")
		k.Link("A", stranger, "Q")
		if k.Current(stranger) != "Q" || k.Current("A") != "A" {
			t.Errorf("the stranger is %q and A is %q today, want Q and A", k.Current(stranger), k.Current("A"))
		}
		k.Unlink("A")
		if got := k.Current(stranger); got != "Q" {
			t.Errorf("after the stranger's key was removed, the stranger is %q today, want Q", got)
		}
	})
}

// A code expires, and a person's next code replaces it.
func TestLinkOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKeys()
		k.Offer("one", "A")
		if n := k.SweepOffers("A"); n != 0 || k.Offered("one") != nil {
			t.Errorf("after A's codes were dropped %d are left, and the code one gives %v", n, k.Offered("one"))
		}
		k.Offer("two", "A")
		k.Offer("three", "B")
		time.Sleep(LinkOfferTTL)
		if o := k.Offered("two"); o == nil || o.Person != "A" {
			t.Errorf("in its last moment A's code gives the offer %+v, want A's", o)
		}
		k.Accept("two", "B")
		if k.Offered("two") != nil || k.Offered("three") != nil {
			t.Error("B used A's code, and that code or B's own still works")
		}
		k.Offer("four", "A")
		time.Sleep(LinkOfferTTL + 1)
		if k.Offered("four") != nil {
			t.Error("a code still works after it has expired")
		}
	})
}
