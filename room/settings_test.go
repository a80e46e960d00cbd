package room_test

import (
	"fmt"
	"testing"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Guests keep their settings while they are online. Settings of people with a key are stored up to
// a maximum; beyond it, people are treated like guests.
func TestSettingsAreBounded(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	roomtest.Peek(h).People.Swept()["settings"] = time.Now() // or they would give way, because their people are unknown
	for i := range accounts.MaxSettings / 2 {
		roomtest.Peek(h).Settings.Set(ids.Account(fmt.Sprint("key", i)), &accounts.Settings{Bell: true})
	}
	for _, key := range []string{"", "A"} {
		s := roomtest.Enter(t, h, roomtest.At("alice", ids.Fingerprint(key)))
		got, want := roomtest.Does(t, s, "/bell on"), "~ "+testkit.English(reply.SetBell, "on", "off|on")
		if key != "" {
			want += " | " + testkit.English(reply.SessionOnly)
		}
		if !s.Settings().Bell || len(b.Rows()) > 1 || roomtest.Peek(h).Settings.Len() != accounts.MaxSettings/2 || got != want {
			t.Errorf("key %q: %+v, %d records, %d settings: %s", key, s.Settings(), len(b.Rows()), roomtest.Peek(h).Settings.Len(), got)
		}
		s.Leave(room.Quit)
		if again := roomtest.Enter(t, h, roomtest.At("alice", ids.Fingerprint(key))); again.Settings().Bell {
			t.Errorf("key %q: it is kept", key)
		} else {
			again.Leave(room.Quit)
		}
	}
}
