package command

import (
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func runFree(s *Runner, args []string, sure bool) (room.Reply, error) {
	return freeName(s, args[0], sure)
}

// freeName implements /free: an operator takes a name from its owner. A user who has the
// name keeps it for now.
func freeName(s *Runner, name string, sure bool) (room.Reply, error) {
	id, err := names.Check(name)
	if err != nil {
		return nil, err
	}
	h := s.hub
	st := h.Lock()
	_, o := st.Names.Owners(id, "")
	switch {
	case o == nil:
		st.Unlock()
		return nil, reply.Refuse(reply.NobodysName, text.Clean(name))
	case !sure:
		defer st.Unlock()
		return nil, reply.Refuse(reply.ConfirmFree, o.Name, reply.Moment(o.LastUsed), o.Name)
	}
	st.Names.Revoke(o)
	if u := st.Online.ByPerson[o.Person]; u != nil {
		who := *u.Info()
		who.Verified = st.Names.Owns(o.Person, u.Identity)
		st.SetUserInfo(u, &who)
		if u.Terminal != nil && u.Identity.LooksLike(o.Identity()) {
			u.Terminal.Post(room.NewNotice(reply.NameNoLongerYours, o.Name)) // OnLost has told about other names
		}
	}
	st.Unlock()
	s.Audit("free", o.Name+" ("+o.Person+")", "")
	return room.NewNotice(reply.NameReleased, o.Name), nil
}
