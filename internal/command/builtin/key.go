package builtin

import (
	"cmp"
	"slices"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/onetimecode"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"key"}, Params: []string{"list|add|remove|bot|person", "[CODE]"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupSettings,
		Help: i18n.Words{
			"list your keys; add or remove one",
			"查看您的密钥，添加或移除一把",
			"查看您的金鑰，新增或移除一把",
		},
		Explanation: i18n.Words{
			"Lists your keys. add gives you a code: connect with your other key and type /key add CODE there. remove removes a key. bot marks this key as a program's, person as yours.",
			"列出您的密钥。add 给您一个代码：请用另一把密钥登录，再输入 /key add CODE。remove 移除一把密钥。bot 把这把密钥标为机器人的，person 标为您本人的。",
			"列出您的金鑰。add 給您一個代碼：請用另一把金鑰登入，再輸入 /key add CODE。remove 移除一把金鑰。bot 把這把金鑰標為機器人的，person 標為您本人的。",
		},
		Example:      "key add",
		RunConfirmed: key,
	})
}

// key implements /key list, /key add, /key remove, /key bot and /key person.
func key(s *command.Runner, args []string, sure bool) (room.Reply, error) {
	if s.Person == "" {
		return nil, reply.Refuse(reply.NeedKey)
	}
	switch what := args[0]; {
	case what == "list" && len(args) == 1:
		return listKeys(s)
	case what == "add" && len(args) == 1:
		return createLinkCode(s)
	case what == "add":
		return addKey(s, args[1], sure)
	case what == "remove" && len(args) == 2:
		return removeKey(s, ids.Fingerprint(args[1]), sure)
	case what == "bot" && len(args) == 1:
		return markAsBot(s)
	case what == "person" && len(args) == 1:
		return unmarkAsBot(s)
	}
	return nil, reply.Refuse(reply.Usage, "/key list | add [CODE [yes]] | remove SHA256:... [yes] | bot | person")
}

// A KeysReply lists the fingerprints of a person's keys.
type KeysReply struct {
	room.PlainReply
	Keys    []ids.Fingerprint
	Current ids.Fingerprint // of the key that this session uses
}

// Sentences is part of [room.TextReply].
func (r *KeysReply) Sentences() (lines []reply.Sentence) {
	for _, fingerprint := range r.Keys {
		code := reply.KeyLine
		if fingerprint == r.Current {
			code = reply.ThisKeyLine
		}
		lines = append(lines, reply.Say(code, string(fingerprint)))
	}
	return lines
}

func (r *KeysReply) Cost() (items int, messages []*room.Event) { return len(r.Keys), nil }

func listKeys(s *command.Runner) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	return &KeysReply{Keys: st.Keys.Of(s.Person), Current: s.Client.Fingerprint}, nil
}

// removeKey takes a key from s's person. Whoever uses that key is a stranger from now on, also in
// sessions that are already open. Unless sure is set, removeKey only says what it would do.
func removeKey(s *command.Runner, fingerprint ids.Fingerprint, sure bool) (room.Reply, error) {
	h := s.Hub()
	st := h.Lock()
	keys := st.Keys.Of(s.Person)
	var err error
	switch {
	case st.People.IsRevoked(s.Session):
		err = room.Revoked
	case !slices.Contains(keys, fingerprint):
		err = reply.Refuse(reply.NoSuchKey, text.Clean(string(fingerprint)))
	case len(keys) == 1:
		err = reply.Refuse(reply.LastKey)
	case !sure:
		err = reply.Refuse(reply.ConfirmKeyRemove, string(fingerprint), string(fingerprint))
	}
	if err != nil {
		st.Unlock()
		return nil, err
	}
	st.Keys.Unlink(fingerprint)
	st.EndWhere(func(other *room.Session) bool {
		return other.Client.Fingerprint == fingerprint && !(other == s.Session && s.OneShot)
	}, room.Revoked, reply.GoodbyeRevoked)
	inFile := st.Keys.HasListed(st.Keys.PersonOf(fingerprint), h.Config().IsOperatorKey) || st.Keys.HasListed(st.Keys.PersonOf(fingerprint), h.Config().IsAllowedKey)
	st.Unlock()
	if inFile {
		return room.NewNotice(reply.KeyInFile, string(fingerprint)), nil
	}
	return room.NewNotice(reply.KeyRemoved, string(fingerprint)), nil
}

// createLinkCode gives s a code that the person's other key must enter.
func createLinkCode(s *command.Runner) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	offers := st.Keys.SweepOffers(s.Person)
	if st.People.IsRevoked(s.Session) {
		return nil, room.Revoked
	}
	if len(st.Keys.Of(s.Person)) >= accounts.MaxKeys {
		return nil, reply.Refuse(reply.TooManyKeys, accounts.MaxKeys)
	}
	if st.People.IsFullFor(s.Person, offers, accounts.MaxLinkOffers) || !st.People.TakeQuota(s.Session, ratelimit.LinkCodeQuota(), 1) {
		return nil, reply.Refuse(reply.TryLater)
	}
	code := onetimecode.New()
	st.Keys.Offer(code, s.Person)
	return room.NewNotice(reply.KeyLinkCode, onetimecode.Format(code), int(accounts.LinkOfferTTL.Minutes())), nil
}

// addKey makes s's key one of the keys of the person who offered the code. Everything that s's
// person owned or was given becomes that person's. The sessions of s's person end; after
// reconnecting they are the other person's.
//
// Unless sure is set, addKey only says whose code it is and what they would get: somebody may have
// talked s into entering a stranger's code.
func addKey(s *command.Runner, code string, sure bool) (room.Reply, error) {
	st := s.Hub().Lock()
	o, err := findLinkCode(st, s, onetimecode.Normalize(code))
	if err == nil && !sure {
		err = confirmLink(st, s, o, onetimecode.Format(onetimecode.Normalize(code)))
	}
	if err != nil {
		st.Unlock()
		return nil, err
	}
	st.Keys.Accept(onetimecode.Normalize(code), s.Person)
	st.Keys.Link(s.Client.Fingerprint, s.Person, o.Person)
	st.People.Merge(s.Person, o.Person)
	st.EndWhere(func(other *room.Session) bool {
		return other.Person == s.Person && (!other.OneShot || other.Following)
	}, room.Quit, reply.KeyAdded)
	st.Unlock()
	if s.OneShot {
		return room.NewNotice(reply.KeyAdded), nil
	}
	return nil, nil
}

// confirmLink returns the question whether s wants to accept an offer.
func confirmLink(st *room.State, s *command.Runner, o *accounts.LinkOffer, code string) *reply.Refusal {
	whose := string(o.Person)
	if names := st.Names.Join(o.Person); names != "" {
		whose = withAccount(names, o.Person)
	}
	ask := reply.ConfirmKeyAdd
	if st.Moderation.IsOperator(s.Person) {
		ask = reply.ConfirmKeyAddOperator
	}
	return reply.Refuse(ask, whose, cmp.Or(st.Names.Join(s.Person), "-"), code)
}

// findLinkCode returns the offer with a code, if s may accept it.
func findLinkCode(st *room.State, s *command.Runner, code string) (*accounts.LinkOffer, error) {
	o := st.Keys.Offered(code)
	switch {
	case st.People.IsRevoked(s.Session):
		return nil, room.Revoked
	case o == nil:
		return nil, reply.Refuse(reply.WrongCode)
	case o.Person == s.Person:
		return nil, reply.Refuse(reply.KeyIsYours)
	case len(st.Keys.Of(s.Person)) > 1: // the other keys would be left without a person
		return nil, reply.Refuse(reply.KeyHasOthers)
	case len(st.Names.Of(s.Person))+len(st.Names.Of(o.Person)) > accounts.MaxNames:
		return nil, reply.Refuse(reply.KeysHaveNames, accounts.MaxNames, st.Names.Join(s.Person, o.Person))
	case st.People.IsFullFor(s.Person, st.Keys.Len(), accounts.MaxLinkedKeys), !st.People.TakeQuota(s.Session, ratelimit.KeyQuota(), 1):
		return nil, reply.Refuse(reply.TooManyKeysFromAddress)
	}
	return o, nil
}

// markAsBot implements /key bot. If nobody owned the name, it is the bot's from then on.
func markAsBot(s *command.Runner) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	switch {
	case st.People.IsRevoked(s.Session):
		return nil, room.Revoked
	case st.Bots.Get(s.Person) != nil:
		return nil, reply.Refuse(reply.IsBot)
	case len(st.Keys.Of(s.Person)) > 1: // what the owner types with the other keys would be a bot's, too
		return nil, reply.Refuse(reply.BotHasKeys)
	}
	if err := checkBotQuota(st, s); err != nil {
		return nil, err
	}
	if u := s.User; st.Online.Holder(u.Identity, u) == nil { // a bot may never enter, which is when others claim their names
		st.Naming.Acquire(s.Session, u)
	}
	b := &accounts.Bot{Name: s.UserInfo().Name, Since: time.Now(), LastSeen: time.Now()}
	st.Bots.Put(s.Person, b)
	st.People.SetBotFlag(s.Person, true)
	return room.NewNotice(reply.BotNow), nil
}

// unmarkAsBot implements /key person.
func unmarkAsBot(s *command.Runner) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	if st.Bots.Get(s.Person) == nil {
		return nil, reply.Refuse(reply.IsNoBot)
	}
	st.Bots.Put(s.Person, nil)
	st.People.SetBotFlag(s.Person, false)
	return room.NewNotice(reply.BotNoMore), nil
}

// checkBotQuota returns why s cannot be marked as a bot, or nil. To make room, it drops bots
// that have not connected for a long time.
func checkBotQuota(st *room.State, s *command.Runner) error {
	if st.People.IsFullFor(s.Person, st.Bots.Len(), accounts.MaxBots) {
		st.People.SweepBots()
	}
	switch {
	case st.Bots.Len() >= accounts.MaxBots:
		return reply.Refuse(reply.TooManyBots, accounts.MaxBots)
	case st.People.IsFullFor(s.Person, st.Bots.Len(), accounts.MaxBots):
		return reply.Refuse(reply.NewcomersFull)
	case !st.People.TakeQuota(s.Session, ratelimit.BotQuota(), 1):
		return reply.Refuse(reply.TooManyBotsFromAddress)
	}
	return nil
}
