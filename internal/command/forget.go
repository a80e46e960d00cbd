package command

import (
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func runForget(s *Runner, args []string, sure bool) (room.Reply, error) {
	return forget(s, args[0], sure)
}

// forget implements /forget me and, for operators, /forget NAME.
func forget(s *Runner, whom string, sure bool) (room.Reply, error) {
	who := s.UserInfo()
	if whom != "me" {
		var err error
		if who, err = forgetTarget(s, whom); err != nil {
			return nil, err
		}
	}
	if who.Person == "" {
		return nil, reply.Refuse(reply.ForgetNeedsKey)
	}
	switch {
	case sure:
	case whom == "me":
		return nil, reply.Refuse(reply.ConfirmForget)
	default:
		return nil, reply.Refuse(reply.ConfirmForgetName, who.Name, who.Name)
	}
	s.hub.EraseInputHistory(who.Person)
	if s.hub.Messages == nil {
		return nil, reply.Refuse(reply.NothingKept)
	}
	for _, id := range s.hub.PersonIDs(who.Person) {
		forgotten := *who
		forgotten.Person = id
		if err := s.EraseMessages(&forgotten); err != nil {
			return nil, err
		}
	}
	if whom != "me" {
		s.Audit("forget", who.Name+" ("+who.Person+")", "")
	}
	return room.NewNotice(reply.Forgotten, who.Name), nil
}

// forgetTarget returns the person with a name, for an operator.
func forgetTarget(s *Runner, name string) (*room.UserInfo, error) {
	h, spoke := s.hub, lastLineBy(s, name)
	st := h.Lock()
	defer st.Unlock()
	if !st.Moderation.IsOperator(s.Person) {
		return nil, reply.Refuse(reply.ForgetMeOnly)
	}
	who := &room.UserInfo{}
	if u := st.Online.ByName[names.Key(name)]; u != nil {
		who = u.Info()
	} else if person, spelled, err := st.People.ResolveAbsent(name, spoke); err == nil {
		who = &room.UserInfo{Name: spelled, Person: person}
	}
	if who.Person == "" {
		return nil, reply.Refuse(reply.NoKeyKnown, text.Clean(name))
	}
	return who, nil
}
