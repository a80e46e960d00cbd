package room

// talkTo has what u says go to one person, until /done.
func (u *User) talkTo(name string) (*Event, error) {
	p := u.find(name)
	if p == nil {
		return nil, refuse(NoSuchUser, Clean(name))
	}
	to := p.who.Load().Name
	u.to.Store(&to)
	u.Nudge()
	return notice(TalkingTo, to), nil
}

// done does /done.
func (u *User) done() (*Event, error) {
	if u.to.Swap(nil) == nil {
		return nil, refuse(TalkingToAll, u.Here())
	}
	u.Nudge()
	return notice(TalkingToAll, u.Here()), nil
}

// To returns the name of the one person that what u says goes to, or "" where it
// goes to the room. Any goroutine may call it.
func (u *User) To() string {
	if to := u.to.Load(); to != nil {
		return *to
	}
	return ""
}

// speak says a line that is no command to whom u talks to.
func (u *User) speak(line string) (*Event, error) {
	if to := u.To(); to != "" {
		return u.Tell(to, line)
	}
	return nil, u.Say(line)
}
