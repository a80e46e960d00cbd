package command

import (
	"slices"

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// key implements /key list, /key add, /key remove, /key bot and /key person.
func key(s *Runner, args []string, sure bool) (room.Reply, error) {
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
		return removeKey(s, args[1], sure)
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
	Keys    []string
	Current string // the fingerprint that this session uses
}

// Sentences is part of [TextReply].
func (r *KeysReply) Sentences() (lines []reply.Sentence) {
	for _, fingerprint := range r.Keys {
		code := reply.KeyLine
		if fingerprint == r.Current {
			code = reply.ThisKeyLine
		}
		lines = append(lines, reply.Say(code, fingerprint))
	}
	return lines
}

func (r *KeysReply) Cost() (items int, messages []*room.Event) { return len(r.Keys), nil }

func listKeys(s *Runner) (room.Reply, error) {
	st := s.hub.Lock()
	defer st.Unlock()
	return &KeysReply{Keys: st.Keys.Of(s.Person), Current: s.Client.Fingerprint}, nil
}

// removeKey takes a key from s's person. Whoever uses that key is a stranger from now on, also in
// sessions that are already open. Unless sure is set, removeKey only says what it would do.
func removeKey(s *Runner, fingerprint string, sure bool) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	keys := st.Keys.Of(s.Person)
	var err error
	switch {
	case st.People.IsRevoked(s.Session):
		err = room.Revoked
	case !slices.Contains(keys, fingerprint):
		err = reply.Refuse(reply.NoSuchKey, text.Clean(fingerprint))
	case len(keys) == 1:
		err = reply.Refuse(reply.LastKey)
	case !sure:
		err = reply.Refuse(reply.ConfirmKeyRemove, fingerprint, fingerprint)
	}
	if err != nil {
		st.Unlock()
		return nil, err
	}
	st.Keys.Unlink(fingerprint)
	st.EndWhere(func(other *room.Session) bool {
		return other.Client.Fingerprint == fingerprint && !(other == s.Session && s.OneShot)
	}, room.Revoked, reply.GoodbyeRevoked)
	inFile := st.Keys.HasListed(st.Keys.PersonOf(fingerprint), h.IsOperatorKey) || st.Keys.HasListed(st.Keys.PersonOf(fingerprint), h.IsAllowedKey)
	st.Unlock()
	if inFile {
		return room.NewNotice(reply.KeyInFile, fingerprint), nil
	}
	return room.NewNotice(reply.KeyRemoved, fingerprint), nil
}
