package command

import (
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/room"
)

// A NameKept is the reply to a rename to the user's current name: others see no change. Doors
// without a form of their own for it show the sentence.
type NameKept struct {
	room.PlainReply
	User, Former *room.UserInfo // the user now and before
	reply.Sentence
}

// Sentences is part of [room.TextReply].
func (n *NameKept) Sentences() []reply.Sentence { return []reply.Sentence{n.Sentence} }

// Rename gives s another name and tells the room. If s has that name already, nobody is told; s
// becomes its owner if possible, and a reply says so. Errors are as for [room.Session.Say].
func (s *Runner) Rename(name string) (answer room.Reply, err error) {
	was := s.UserInfo()
	if len(name) <= names.MaxBytes {
		name = names.PlainSpelling(name)
	}
	if name == was.Name && !was.Unnamed {
		return acquireCurrentName(s)
	}
	id, err := names.Check(name)
	if err != nil {
		return nil, err
	}
	st := s.Hub().Lock()
	err = st.Naming.Rename(s.Session, name, id)
	st.Unlock()
	if err != nil || name != was.Name {
		return nil, err
	}
	return nameKept(s.UserInfo(), was, reply.NamedAlready), nil
}

func nameKept(who, was *room.UserInfo, code reply.Code) *NameKept {
	return &NameKept{User: who, Former: was, Sentence: reply.Say(code, who.Name)}
}

// acquireCurrentName makes s the owner of its current name, which it was assigned in place of
// another, or has released.
func acquireCurrentName(s *Runner) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	was := s.UserInfo()
	if s.Person == "" || was.Verified {
		return nameKept(was, was, reply.NamedAlready), nil
	}
	if err := st.Naming.CheckQuota(s.Session, s.User.Identity); err != nil {
		return nil, err
	}
	s.User.Assigned = false
	if r := st.Naming.Acquire(s.Session, s.User); r != nil {
		return nil, r
	}
	if !s.UserInfo().Verified {
		return nameKept(was, was, reply.NamedAlready), nil
	}
	return nameKept(s.UserInfo(), was, reply.NameIsYours), nil
}
