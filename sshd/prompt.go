package sshd

import (
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"teahouse/internal/command"
)

// maxPromptRooms is the maximum number of rooms whose unread lines the prompt counts.
const maxPromptRooms = 3

// updatePrompt makes the prompt say where the next line goes. Only the writer calls it.
func (t *terminalSession) updatePrompt() {
	if p := prompt(t.runner, int(t.width.Load())); p != t.prompt {
		t.prompt = p
		t.term.SetPrompt(p)
	}
}

// prompt returns a prompt that says where the next line goes and how much is unread elsewhere.
// It takes up to half of a window of the given width:
//
//	#lobby >            to the room
//	@bob >              to one person, until /done
//	#go (#lobby 3) >    with three lines unread in the lobby
//	#go (3) >           in a narrow window
func prompt(u *command.Runner, width int) string {
	where := "#" + u.RoomName()
	if to := u.Recipient(); to != "" {
		where = "@" + to
	}
	unread, lines := u.Unread(), 0
	var rooms []string
	for _, o := range unread {
		lines += o.Lines
		if len(rooms) < maxPromptRooms {
			rooms = append(rooms, fmt.Sprintf("#%s %d", o.Room, o.Lines))
		}
	}
	if width <= 0 {
		width = 80
	}
	if lines > 0 {
		for _, elsewhere := range []string{strings.Join(rooms, ", "), fmt.Sprint(lines)} {
			if p := where + " (" + elsewhere + ") > "; 2*displaywidth.String(p) <= width {
				return p
			}
		}
	}
	return where + " > "
}
