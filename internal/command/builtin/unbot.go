package builtin

import (
	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"unbot"}, Params: []string{"NAME"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupOperators, Operator: true,
		Help: i18n.Words{"unmark a bot", "取消机器人标记", "取消機器人標記"},
		Explanation: i18n.Words{
			"Unmarks a key as a bot's, and unregisters its commands.",
			"取消一把密钥的机器人标记，以及它登记的命令。",
			"取消一把金鑰的機器人標記，以及它登記的指令。",
		},
		Example: "unbot robot",
		Run:     unbot,
	})
}

// unbot implements /unbot: an operator turns a bot back into a person, without commands.
func unbot(s *command.Runner, args []string) (room.Reply, error) {
	st := s.Hub().Lock()
	person, b := findBot(st, args[0])
	if b == nil {
		st.Unlock()
		return nil, reply.Refuse(reply.NoSuchBot, text.Clean(args[0]))
	}
	st.Bots.Put(person, nil)
	st.People.SetBotFlag(person, false)
	st.Unlock()
	s.Audit("unbot", withAccount(b.Name, person), "")
	return room.NewNotice(reply.BotUnmarked, b.Name), nil
}

// findBot returns the bot that has or owns a name, or had it when it was last seen.
func findBot(st *room.State, name string) (person ids.Account, b *accounts.Bot) {
	if person, _ = st.People.Resolve(name); st.Bots.Get(person) != nil {
		return person, st.Bots.Get(person)
	}
	for person, b := range st.Bots.All() {
		if string(person) == name || names.Key(b.Name) == names.Key(name) {
			return person, b
		}
	}
	return "", nil
}
