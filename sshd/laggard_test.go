package sshd

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/room"
)

// Who reads a line while others do, or soon after, waits for nothing: it is rendered once for
// all. Who lags behind, as many can on purpose, pays for what is rendered for it alone.
func TestLaggardsPay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.NewHouse()
		h.Limits = room.Limits{SourceLines: 1000, SourceBurst: 1000}
		enter := func(name string) *room.User {
			u, err := h.Enter(room.Visitor{Name: name, Remote: address(0).Addr(), Terminal: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { u.Leave(room.Quit) })
			return u
		}
		speaker := enter("speaker")
		vs := newVoices()
		var chats []*chat
		for i := range 3 {
			u := enter(fmt.Sprint("reader", i))
			c := &chat{session: &session{}, me: u, self: u.Who()}
			c.voice.Store(vs.take(seen(80, ""), address(0)))
			chats = append(chats, c)
		}
		// waited shows a chat what it has not read, and returns how long that takes once
		// nothing is saved.
		waited := func(c *chat) time.Duration {
			if err := c.me.Wait(); err != nil {
				t.Fatal(err)
			}
			_ = c.me.Spend(0)
			_ = c.me.Spend(time.Second / 4)
			for events := c.me.Take(make([]*room.Event, 0, 256)); len(events) > 0; events = c.me.Take(events[:0]) {
				c.show(c.me, nil, events)
			}
			c.me.Nudge()
			start := time.Now()
			if err := c.me.Wait(); err != nil {
				t.Fatal(err)
			}
			return time.Since(start)
		}
		for range 20 {
			if err := speaker.Say(strings.Repeat("x", 4000)); err != nil {
				t.Fatal(err)
			}
		}
		first, second := waited(chats[0]), waited(chats[1])
		time.Sleep(time.Minute)
		if last := waited(chats[2]); second != 0 || first == 0 || last != first {
			t.Errorf("the first reader waited %v, one after it %v, one who lags %v", first, second, last)
		}
	})
}
