package room

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// limited returns a hub that counts by address and knows the key K.
func limited() (*Hub, *fakeMessageStore) {
	h, s := NewHub(), newFakeMessageStore()
	h.Messages, h.NameAge = s, 180*24*time.Hour
	h.Limits = Limits{AddressLines: 1e9, AddressBurst: 1e9}
	h.IsOperatorKey = func(key string) bool { return key == "O" }
	s.known("K", "kate", 48*time.Hour)
	return h, s
}

// comingFrom is somebody with a key who comes from an address.
func comingFrom(address, name, key string) ClientInfo {
	ci := at(name, key)
	ci.Remote = netip.MustParseAddr(address)
	return ci
}

// One network gets a tenth of each table, counted over the time after which what nobody uses
// is free again.
func TestQuotasAreATenth(t *testing.T) {
	for _, test := range []struct {
		quota
		of   int
		days float64
	}{
		{nameQuota(), accounts.MaxOwnedNames, 30},
		{botQuota(), accounts.MaxBots, 30},
		{readMarkerQuota(), maxReadMarkers, 30},
		{settingsQuota(), accounts.MaxSettings, 30},
		{ignoreListQuota(), accounts.MaxIgnoreLists, 30},
		{inputHistoryQuota(), accounts.MaxInputHistories, 30},
		{linkCodeQuota(), accounts.MaxLinkOffers, accounts.LinkOfferTTL.Hours() / 24},
		{keyQuota(), accounts.MaxLinkedKeys, 365}, // for good
		{offlineQuota(), 64 << 20, 30},
	} {
		if taken := float64(test.burst) + float64(test.perDay)*test.days; taken > float64(test.of)/10 {
			t.Errorf("one network takes %.0f of %d %s", taken, test.of, test.name)
		}
	}
}

// Shares that are whole again are forgotten: who comes from many addresses fills no memory.
func TestQuotasAreForgotten(t *testing.T) {
	var s quotas
	now, addr := time.Now(), netip.MustParseAddr("10.0.0.0")
	for range 5000 {
		s.take(netip.PrefixFrom(addr, 32), linkCodeQuota(), 1, now)
		addr, now = addr.Next(), now.Add(time.Minute)
	}
	if s.limiters.Len() > 2048 {
		t.Errorf("there are %d", s.limiters.Len())
	}
}

// Many keys from one address create at most a tenth of the rooms, newcomers half, one person a few.
// An established user, or an operator, can still create one. A room in which nothing was said is
// free again an hour after it became empty.
func TestWhoMayCreateRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := limited()
		founded := func(address, key string) (n int) {
			for before := -1; before < len(h.rooms); {
				before = len(h.rooms)
				s := enter(t, h, comingFrom(address, "u"+key, key))
				s.HandleLine(fmt.Sprintf("/join %s-%d", key, n), SlashSyntax)
				s.Leave(Quit)
				if len(h.rooms) > before {
					n++
				}
			}
			return n
		}
		if n := founded("192.0.2.1", "a"); n != 2 {
			t.Errorf("a newcomer founds %d rooms", n)
		}
		for i := range 20 {
			founded("192.0.2.1", fmt.Sprint("b", i))
		}
		if n := len(h.rooms) - 1; n != 10 {
			t.Errorf("%d rooms are founded from one address", n)
		}
		for i := range 100 {
			founded(fmt.Sprint("2001:db8:", i/4, ":", i%4, "::1"), fmt.Sprint("c", i))
		}
		if n := len(h.rooms) - 1; n != 50 {
			t.Errorf("newcomers found %d rooms", n)
		}
		if n := founded("192.0.2.99", "K"); n != maxRoomsPerOwner {
			t.Errorf("who is known founds %d rooms", n)
		}
		if n := founded("192.0.2.1", "O"); n != maxRoomsPerOwner {
			t.Errorf("an operator founds %d rooms", n)
		}
		time.Sleep(unusedRoomTTL + time.Second)
		does(t, enter(t, h, at("kate", "K")), "/rooms")
		if n := founded("192.0.2.1", "d"); n != 2 {
			t.Errorf("an hour later a newcomer founds %d rooms beside %d", n, len(h.rooms)-1-n)
		}
	})
}

// A room stays for a day where something was said, it has a topic or somebody is invited.
func TestUsedRoomsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := limited()
		alice := enter(t, h, at("kate", "K"))
		for _, lines := range [][]string{{"/join said", "hello"}, {"/join topic", "/topic tea"}, {"/join private", "/room private"}, {"/join unused"}} {
			for _, line := range lines {
				does(t, alice, line)
			}
			does(t, alice, "/part")
		}
		time.Sleep(unusedRoomTTL + time.Second)
		does(t, alice, "/rooms")
		if len(h.rooms) != 4 || h.rooms["unused"] != nil {
			t.Errorf("there are %d rooms", len(h.rooms))
		}
	})
}

// One address owns a limited number of names at once, whatever keys it uses, and some more the next
// day. A user who comes back then gets the name, and others are told why they do not.
func TestNamesFromOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := limited()
		come := func(address, key string) bool {
			s := enter(t, h, comingFrom(address, "n"+key, key))
			defer s.Leave(Quit)
			got, owned := read(t, s), s.User().Verified
			want := "+n" + key
			if !owned {
				want += "; ~ " + testkit.English(reply.TooManyNamesFromAddress, "n"+key)
			}
			if got != want {
				t.Errorf("it reads %s, want %s", got, want)
			}
			return owned
		}
		n := 0
		for come("192.0.2.1", fmt.Sprint("a", n)) {
			n++
		}
		if n != nameQuota().burst {
			t.Errorf("%d names are owned from one address", n)
		}
		if !come("192.0.2.1", "a0") || !come("192.0.2.2", "b") {
			t.Error("who owns a name already, or comes from elsewhere, does not own it")
		}
		time.Sleep(24 * time.Hour)
		if !come("192.0.2.1", fmt.Sprint("a", n)) {
			t.Error("nor the next day")
		}
	})
}

// So it is with bots; those of newcomers are half of all, and a bot that came once is none a
// month later, where others want to be. One that is here, or came again, stays.
func TestWhoMayBeABot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := limited()
		marks := func(address, key string) bool {
			s, _, err := h.Exec(comingFrom(address, "b"+key, key))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Leave(Quit)
			_, err = s.RunCommand([]string{"key", "bot"})
			return err == nil
		}
		n := 0
		for marks("192.0.2.1", fmt.Sprint("a", n)) {
			n++
		}
		if n != botQuota().burst {
			t.Errorf("%d bots come from one address", n)
		}
		for i := range accounts.MaxBots {
			marks(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String(), fmt.Sprint("c", i))
		}
		if h.bots.Len() != accounts.MaxBots/2 {
			t.Errorf("newcomers mark %d bots", h.bots.Len())
		}
		if !marks("192.0.2.3", "K") {
			t.Error("who is known cannot be a bot beside them")
		}
		here, _, err := h.Exec(comingFrom("192.0.2.1", "ba0", "a0"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := here.RunCommand([]string{"follow"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * 24 * time.Hour)
		again, _, err := h.Exec(comingFrom("192.0.2.1", "ba1", "a1"))
		if err != nil {
			t.Fatal(err)
		}
		again.Leave(Quit)
		time.Sleep(29 * 24 * time.Hour)
		if !marks("192.0.2.4", "new") || h.bots.Get("a0") == nil || h.bots.Get("a1") == nil || h.bots.Get("a2") != nil {
			t.Errorf("a month later there are %d bots", h.bots.Len())
		}
		here.Leave(Quit)
	})
}

// Without limits by address nothing is counted by it.
func TestNoQuotasWithoutLimits(t *testing.T) {
	h, _ := limited()
	h.Limits = Limits{}
	for i := range 2 * nameQuota().burst {
		if s := enter(t, h, comingFrom("192.0.2.1", fmt.Sprint("n", i), fmt.Sprint("k", i))); !s.User().Verified {
			t.Fatalf("%+v", s.User())
		}
	}
}
