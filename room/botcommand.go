package room

import (
	"cmp"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// mostBotCommands is how many commands one bot may have.
	mostBotCommands = 20

	// maxBotParams and maxBotHelp are the most characters of what help shows of one.
	maxBotParams = 40
	maxBotHelp   = 80

	// mostCommands is how many commands all bots have together, and mostListed how many are
	// listed: those of bots whose keys are known come first, so that nobody hides them.
	mostCommands = 1000
	mostListed   = 200
)

// A botCommand is what a bot does when people ask it to, as in /deploy staging. What
// it does, and what it answers, is its own.
type botCommand struct {
	Name   string `json:"name"`
	Params string `json:"params,omitempty"` // as help shows them; the bot gets the text as it was typed
	Help   string `json:"help"`             // one line
}

func (c *botCommand) usage() string { return strings.TrimSpace("/" + c.Name + " " + c.Params) }

// botCommandName is what a name of such a command looks like.
var botCommandName = regexp.MustCompile(`^[a-z0-9-]{2,20}$`)

// botCommand does bot commands, bot list and bot remove.
func (u *User) botCommand(args []string) (*Event, error) {
	switch what := args[0]; {
	case what == "list" && len(args) == 1:
		return u.house.listBotCommands()
	case u.Key == "":
		return nil, refuse(NeedKey)
	case what == "commands" && len(args) == 2:
		return u.register(args[1])
	case what == "remove" && len(args) == 1:
		return u.keepCommands(nil)
	case what == "remove":
		return u.removeCommand(args[1])
	}
	return nil, refuse(Usage, "bot commands < FILE | list | remove [COMMAND]")
}

// register makes the commands in a JSON array those of u, which is a bot.
func (u *User) register(array string) (*Event, error) {
	var list []botCommand
	d := json.NewDecoder(strings.NewReader(array))
	d.DisallowUnknownFields() // one that is misspelt would be missed
	if err := d.Decode(&list); err != nil || list == nil {
		return nil, refuse(NoCommands)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, refuse(NoCommands)
	}
	if len(list) > mostBotCommands {
		return nil, refuse(TooManyCommands, mostBotCommands)
	}
	return u.keepCommands(list)
}

// keepCommands makes a list the commands of u, which is a bot: all of them, or none.
func (u *User) keepCommands(list []botCommand) (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.bots[u.Key]
	switch {
	case u.isRevokedLocked():
		return nil, Revoked
	case b == nil:
		return nil, refuse(IsNoBot)
	}
	if n := h.countCommandsLocked() - len(b.Commands); len(list) > len(b.Commands) && h.isFullLocked(u.Key, n+len(list)-1, mostCommands) {
		return nil, refuse(NewKeysFull)
	}
	for i, c := range list {
		if err := h.checkCommandLocked(u.Key, &c, list[:i]); err != nil {
			return nil, err
		}
	}
	if len(list) > 0 {
		if err := u.maySpeakLocked(); err != nil { // help is for all to read
			return nil, err
		}
	}
	putLocked(h, tableBots, h.bots, u.Key, &bot{Name: u.Who().Name, Since: b.Since, Seen: time.Now(), Commands: list})
	return notice(CommandsKept, len(list)), nil
}

func (h *House) countCommandsLocked() (n int) {
	for _, b := range h.bots {
		n += len(b.Commands)
	}
	return n
}

// checkCommandLocked returns why a bot may not have a command beside others, or nil.
func (h *House) checkCommandLocked(person string, c *botCommand, others []botCommand) error {
	isIt := func(other botCommand) bool { return other.Name == c.Name }
	switch owner, _ := h.botCommandLocked(c.Name); {
	case !botCommandName.MatchString(c.Name):
		return refuse(NoCommandName, Clean(c.Name))
	case h.command(c.Name, ^Form(0)) != nil, slices.Contains(helpGroups(), c.Name), slices.ContainsFunc(others, isIt):
		return refuse(CommandThere, c.Name)
	case owner != "" && owner != person:
		return refuse(CommandTaken, c.Name, h.bots[owner].Name)
	case c.Help == "" || !fits(c.Help, maxBotHelp) || !fits(c.Params, maxBotParams):
		return refuse(CommandText, c.Name, maxBotHelp, maxBotParams)
	}
	return nil
}

// fits reports whether a text may stand in a line of help.
func fits(text string, characters int) bool {
	return len(text) <= MaxText && Clean(text) == text && utf8.RuneCountInString(text) <= characters
}

// botCommandLocked returns a command of a bot, and whose it is; "" where there is
// none.
func (h *House) botCommandLocked(name string) (person string, c *botCommand) {
	for person, b := range h.bots {
		for i := range b.Commands {
			if b.Commands[i].Name == name {
				return person, &b.Commands[i]
			}
		}
	}
	return "", nil
}

// removeCommand does bot remove COMMAND, for the bot whose it is and for operators.
func (u *User) removeCommand(name string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	person, c := h.botCommandLocked(strings.TrimPrefix(name, "/"))
	operator := h.isOperatorLocked(u.Key)
	if c == nil || person != u.Key && !operator {
		h.mu.Unlock()
		if operator || c == nil {
			return nil, refuse(UnknownCommand, Clean(name))
		}
		return nil, refuse(OperatorsOnly)
	}
	b := *h.bots[person]
	b.Commands = slices.DeleteFunc(slices.Clone(b.Commands), func(other botCommand) bool { return other == *c })
	putLocked(h, tableBots, h.bots, person, &b)
	h.mu.Unlock()
	if person != u.Key {
		u.audit("bot remove", name+" ("+b.Name+")", "")
	}
	return notice(Done), nil
}

// listBotCommands does bot list and /help bots.
func (h *House) listBotCommands() (*Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var known, newcomers []Sentence
	for person, b := range h.bots {
		to := &known
		if h.isNewcomerLocked(person) {
			to = &newcomers
		}
		for _, c := range b.Commands {
			*to = append(*to, Sentence{BotCommandLine, []any{c.usage(), c.Help, b.Name}})
		}
	}
	if len(known)+len(newcomers) == 0 {
		return nil, refuse(NoBotCommands)
	}
	byUsage := func(a, b Sentence) int { return cmp.Compare(a.Args[0].(string), b.Args[0].(string)) }
	slices.SortFunc(known, byUsage)
	slices.SortFunc(newcomers, byUsage)
	lines := append(known, newcomers...)
	return answer(lines[:min(len(lines), mostListed)])
}

// explainBots does /help COMMAND for the command of a bot. It returns nothing where
// there is none.
func (h *House) explainBots(name string) *Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	person, c := h.botCommandLocked(name)
	if c == nil {
		return nil
	}
	e, _ := answer([]Sentence{{Usage, []any{c.usage()}}, {BotHelp, []any{h.bots[person].Name, c.Help}}})
	return e
}
