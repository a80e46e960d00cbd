package sshd

import (
	"fmt"
	"strings"

	"teahouse/room"
)

// mostUnread is how many rooms the prompt counts what was said in.
const mostUnread = 3

// point has the row say where the next line goes. Only the writer calls it.
func (c *chat) point(u *room.User) {
	if p := prompt(u); p != c.prompt {
		c.prompt = p
		c.term.SetPrompt(p)
	}
}

// prompt says where the next line goes, and what was said elsewhere:
//
//	#lobby >            to the room
//	@bob >              to one person, until /done
//	#go (#lobby 3) >    with three lines unread in the lobby
func prompt(u *room.User) string {
	where := "#" + u.Here()
	if to := u.To(); to != "" {
		where = "@" + to
	}
	unread := u.Outside()
	var rooms []string
	for _, o := range unread[:min(len(unread), mostUnread)] {
		rooms = append(rooms, fmt.Sprintf("#%s %d", o.Room, o.Lines))
	}
	if len(rooms) > 0 {
		where += " (" + strings.Join(rooms, ", ") + ")"
	}
	return where + " > "
}
