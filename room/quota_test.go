package room_test

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Many keys from one address create at most a tenth of the rooms, newcomers half, one person a few.
// An established user or an operator can still create one. A room in which nothing was said is free
// again an hour after it became empty.
func TestWhoMayCreateRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := roomtest.LimitedHub()
		founded := func(address, key string) (n int) {
			for before := -1; before < len(roomtest.Peek(h).Rooms.ByID); {
				before = len(roomtest.Peek(h).Rooms.ByID)
				s := roomtest.Enter(t, h, roomtest.ComingFrom(address, "u"+key, ids.Fingerprint(key)))
				s.HandleLine(fmt.Sprintf("/join %s-%d", key, n), command.SlashSyntax)
				s.Leave(room.Quit)
				if len(roomtest.Peek(h).Rooms.ByID) > before {
					n++
				}
			}
			return n
		}
		if n := founded("192.0.2.1", "a"); n != 2 {
			t.Errorf("a newcomer creates %d rooms", n)
		}
		for i := range 20 {
			founded("192.0.2.1", fmt.Sprint("b", i))
		}
		if n := len(roomtest.Peek(h).Rooms.ByID) - 1; n != 10 {
			t.Errorf("%d rooms are created from one address", n)
		}
		for i := range 100 {
			founded(fmt.Sprint("2001:db8:", i/4, ":", i%4, "::1"), fmt.Sprint("c", i))
		}
		if n := len(roomtest.Peek(h).Rooms.ByID) - 1; n != 50 {
			t.Errorf("newcomers create %d rooms", n)
		}
		if n := founded("192.0.2.99", "K"); n != room.MaxRoomsPerOwner {
			t.Errorf("an established user creates %d rooms", n)
		}
		if n := founded("192.0.2.1", "O"); n != room.MaxRoomsPerOwner {
			t.Errorf("an operator creates %d rooms", n)
		}
		time.Sleep(room.UnusedRoomTTL + time.Second)
		roomtest.Does(t, roomtest.Enter(t, h, roomtest.At("kate", "K")), "/rooms")
		if n := founded("192.0.2.1", "d"); n != 2 {
			t.Errorf("an hour later a newcomer creates %d rooms besides %d", n, len(roomtest.Peek(h).Rooms.ByID)-1-n)
		}
	})
}

// A room stays for a day if something was said in it, it has a topic, or somebody is invited.
func TestUsedRoomsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := roomtest.LimitedHub()
		alice := roomtest.Enter(t, h, roomtest.At("kate", "K"))
		for _, lines := range [][]string{{"/join said", "hello"}, {"/join topic", "/topic tea"}, {"/join private", "/room private"}, {"/join unused"}} {
			for _, line := range lines {
				roomtest.Does(t, alice, line)
			}
			roomtest.Does(t, alice, "/part")
		}
		time.Sleep(room.UnusedRoomTTL + time.Second)
		roomtest.Does(t, alice, "/rooms")
		if len(roomtest.Peek(h).Rooms.ByID) != 4 || roomtest.Peek(h).Rooms.ByID["unused"] != nil {
			t.Errorf("there are %d rooms", len(roomtest.Peek(h).Rooms.ByID))
		}
	})
}

// One address owns a limited number of names at once, whatever keys it uses, and some more the next
// day. A user who returns then gets the name; others are told why they do not.
func TestNamesFromOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := roomtest.LimitedHub()
		come := func(address, key string) bool {
			s := roomtest.Enter(t, h, roomtest.ComingFrom(address, "n"+key, ids.Fingerprint(key)))
			defer s.Leave(room.Quit)
			got, owned := roomtest.Read(t, s), s.UserInfo().Verified
			want := "+n" + key
			if !owned {
				want += "; ~ " + testkit.English(reply.TooManyNamesFromAddress, "n"+key)
			}
			if got != want {
				t.Errorf("the user reads %s, want %s", got, want)
			}
			return owned
		}
		n := 0
		for come("192.0.2.1", fmt.Sprint("a", n)) {
			n++
		}
		if n != ratelimit.NameQuota().Burst {
			t.Errorf("%d names are owned from one address", n)
		}
		if !come("192.0.2.1", "a0") || !come("192.0.2.2", "b") {
			t.Error("an owner of other names, or a user from elsewhere, does not get the name")
		}
		time.Sleep(24 * time.Hour)
		if !come("192.0.2.1", fmt.Sprint("a", n)) {
			t.Error("nor does one the next day")
		}
	})
}

// The same goes for bots. Newcomers' bots are at most half of all. A bot that was seen only once
// gives way to others after a month; one that is online, or came again, stays.
func TestWhoMayBeABot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := roomtest.LimitedHub()
		marks := func(address, key string) bool {
			s, _, err := roomtest.ExecHub(h, roomtest.ComingFrom(address, "b"+key, ids.Fingerprint(key)))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Leave(room.Quit)
			_, err = s.RunCommand([]string{"key", "bot"})
			return err == nil
		}
		n := 0
		for marks("192.0.2.1", fmt.Sprint("a", n)) {
			n++
		}
		if n != ratelimit.BotQuota().Burst {
			t.Errorf("one address has %d bots", n)
		}
		for i := range accounts.MaxBots {
			marks(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String(), fmt.Sprint("c", i))
		}
		if roomtest.Peek(h).Bots.Len() != accounts.MaxBots/2 {
			t.Errorf("newcomers mark %d bots", roomtest.Peek(h).Bots.Len())
		}
		if !marks("192.0.2.3", "K") {
			t.Error("an established user cannot be a bot besides them")
		}
		here, _, err := roomtest.ExecHub(h, roomtest.ComingFrom("192.0.2.1", "ba0", "a0"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := here.RunCommand([]string{"follow"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * 24 * time.Hour)
		again, _, err := roomtest.ExecHub(h, roomtest.ComingFrom("192.0.2.1", "ba1", "a1"))
		if err != nil {
			t.Fatal(err)
		}
		again.Leave(room.Quit)
		time.Sleep(29 * 24 * time.Hour)
		if !marks("192.0.2.4", "new") || roomtest.Peek(h).Bots.Get("a0") == nil || roomtest.Peek(h).Bots.Get("a1") == nil || roomtest.Peek(h).Bots.Get("a2") != nil {
			t.Errorf("a month later there are %d bots", roomtest.Peek(h).Bots.Len())
		}
		here.Leave(room.Quit)
	})
}

// Without limits for addresses, nothing is counted by address.
func TestNoQuotasWithoutLimits(t *testing.T) {
	c, _ := roomtest.LimitedConfig()
	c.Policy.Limits = room.Limits{}
	h := room.New(c)
	for i := range 2 * ratelimit.NameQuota().Burst {
		if s := roomtest.Enter(t, h, roomtest.ComingFrom("192.0.2.1", fmt.Sprint("n", i), ids.Fingerprint(fmt.Sprint("k", i)))); !s.UserInfo().Verified {
			t.Fatalf("%+v", s.UserInfo())
		}
	}
}

// One network gets a tenth of each resource, counted over the time after which unused entries
// become free again.
func TestQuotasAreATenth(t *testing.T) {
	for _, test := range []struct {
		ratelimit.Quota
		of   int
		days float64
	}{
		{ratelimit.NameQuota(), accounts.MaxOwnedNames, 30},
		{ratelimit.BotQuota(), accounts.MaxBots, 30},
		{ratelimit.ReadMarkerQuota(), accounts.MaxReadMarkers, 30},
		{ratelimit.SettingsQuota(), accounts.MaxSettings, 30},
		{ratelimit.IgnoreListQuota(), accounts.MaxIgnoreLists, 30},
		{ratelimit.InputHistoryQuota(), accounts.MaxInputHistories, 30},
		{ratelimit.LinkCodeQuota(), accounts.MaxLinkOffers, accounts.LinkOfferTTL.Hours() / 24},
		{ratelimit.KeyQuota(), accounts.MaxLinkedKeys, 365}, // forever
		{ratelimit.OfflineQuota(), 64 << 20, 30},
	} {
		if taken := float64(test.Burst) + float64(test.PerDay)*test.days; taken > float64(test.of)/10 {
			t.Errorf("one network takes %.0f of %d %s", taken, test.of, test.Name)
		}
	}
}
