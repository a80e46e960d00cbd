package room

import (
	"errors"
	"time"
)

// Tell says text to one person, named name, alone. It returns the event, for
// the speaker to see too. Who is away but known by a key gets it later; then the
// event has a phrase that says so. Errors are as with [User.Say].
func (u *User) Tell(name, text string) (*Event, error) {
	p := u.find(name)
	if p == nil {
		return u.write(name, text)
	}
	if e, err := u.hand(p, text); e != nil || err != nil {
		return e, err
	}
	return u.write(name, text)
}

// hand is Tell for somebody who is here. It returns nothing where that one has left.
func (u *User) hand(p *presence, text string) (*Event, error) {
	e, err := u.letter(p.who.Load(), text)
	if err != nil {
		return nil, err
	}
	p.absent.Load().tell(e)
	for to := u.house.listener(p); to != nil; to = u.house.listener(p) {
		switch {
		case to.visitor.Deaf:
			return nil, refuse(CannotBeTold, u.calls(e.To))
		case to.ignores(e):
			return nil, refuse(Ignored, u.calls(e.To))
		case to.neighbour != nil:
			switch err := to.neighbour.home.Hand(to.id, e); {
			case errors.Is(err, ErrNotReached):
				return e, refuse(NotReached, u.calls(e.To))
			case !errors.Is(err, ErrGone):
				return e, u.unnumbered(err, e.To)
			}
			if u.house.listener(p) == to { // this house does not know yet
				return nil, nil
			}
			continue
		case to == u: // it reads the event as its answer
			return e, nil
		case to.post(e):
			p.teller.Store(e.Who)
			return e, nil
		case !to.mailbox.isClosed():
			return nil, refuse(MailboxFull, u.calls(e.To))
		}
		// It has left; another session may have taken its place.
	}
	return nil, nil
}

// unnumbered is a refusal of another house, which calls somebody by the name that it
// has, as u knows that one.
func (u *User) unnumbered(err error, to *Who) error {
	var r *Refusal
	if errors.As(err, &r) && len(r.Args) == 1 && r.Args[0] == to.Name {
		return refuse(r.Phrase, u.calls(to))
	}
	return err
}

// listener returns the session of p that reads private messages, or nil where p
// has left.
func (h *House) listener(p *presence) *User {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(p.sessions) == 0 {
		return nil
	}
	return p.listener()
}

// letter makes a private message, if u may say anything now.
func (u *User) letter(to *Who, text string) (*Event, error) {
	text, err := cleanLines(text)
	var r *Refusal
	switch {
	case errors.As(err, &r) && r.Phrase == TextEmpty:
		return nil, refuse(TellNoText)
	case err != nil:
		return nil, err
	}
	if err := u.maySpeak(); err != nil {
		return nil, err
	}
	u.spoke()
	return &Event{Time: time.Now(), Kind: Told, Who: u.Who(), To: to, Text: text}, nil
}
