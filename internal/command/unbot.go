package command

import (
	"teahouse/internal/accounts"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func runUnbot(s *Runner, args []string) (room.Reply, error) { return unmarkBot(s, args[0]) }

// unmarkBot implements /unbot: an operator turns a bot back into a person, without commands.
func unmarkBot(s *Runner, name string) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	person, b := findBot(st, name)
	if b == nil {
		st.Unlock()
		return nil, reply.Refuse(reply.NoSuchBot, text.Clean(name))
	}
	st.Bots.Put(person, nil)
	st.People.SetBotFlag(person, false)
	st.Unlock()
	s.Audit("unbot", b.Name+" ("+person+")", "")
	return room.NewNotice(reply.BotUnmarked, b.Name), nil
}

// findBot returns the bot that has or owns a name, or had it when it was last seen.
func findBot(st *room.State, name string) (person string, b *accounts.Bot) {
	if person, _ = st.People.Resolve(name); st.Bots.Get(person) != nil {
		return person, st.Bots.Get(person)
	}
	for person, b := range st.Bots.All() {
		if person == name || names.Key(b.Name) == names.Key(name) {
			return person, b
		}
	}
	return "", nil
}
