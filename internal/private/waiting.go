package private

import (
	"context"
	"slices"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/room"
)

// Waiting holds the offline messages for somebody who has come, oldest first, except from those
// whom they ignore. They keep waiting until [Waiting.MarkDelivered].
type Waiting struct {
	Messages []*room.Event

	store room.MessageStore
	last  map[ids.Account]*room.Event // the last stored message, by the account that it waits for
}

// ReadWaiting returns what waits for s, under any of its keys. It may wait for the message store,
// which must not be nil. With an error it returns what it could read.
func ReadWaiting(s *room.Session) (w Waiting, err error) {
	h := s.Hub()
	w.store, w.last = h.Config().Messages, map[ids.Account]*room.Event{}
	for _, id := range h.PersonIDs(s.Person) {
		var messages []*room.Event
		if messages, err = h.Config().Messages.OfflineMessages(s.Context(), id); err != nil {
			break
		}
		if n := len(messages); n > 0 {
			w.last[id] = messages[n-1]
		}
		w.Messages = append(w.Messages, messages...)
	}
	for _, e := range w.Messages {
		e.User = refreshSender(h, e.User)
	}
	slices.SortStableFunc(w.Messages, func(x, y *room.Event) int { return x.Time.Compare(y.Time) })
	w.Messages = slices.DeleteFunc(w.Messages, s.Ignores)
	return w, err
}

// refreshSender returns the sender of a private message with what is not stored with it: whether
// they own the name, and whether they are a bot.
func refreshSender(h *room.Hub, who *room.UserInfo) *room.UserInfo {
	who = who.Repaired()
	id, err := names.Check(who.Name)
	if err != nil || who.Person == "" {
		return who
	}
	st := h.Lock()
	defer st.Unlock()
	known, person := *who, st.Keys.Current(who.Person)
	known.Verified, known.Bot = st.Names.Owns(person, id), st.Bots.Get(person) != nil
	return &known
}

// MarkDelivered says that the reader has the messages, so they need not wait any more. It may wait
// for the message store.
func (w Waiting) MarkDelivered(ctx context.Context) error {
	for id, last := range w.last {
		if err := w.store.MarkDelivered(ctx, id, last); err != nil {
			return err
		}
	}
	return nil
}
