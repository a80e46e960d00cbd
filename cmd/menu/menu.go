package main

import (
	"io"
	"strings"

	"golang.org/x/text/width"
)

// backWord goes back one step when it is typed instead of a message or a name. So the menu cannot
// address a user of that name.
const backWord = "exit"

// normalize returns an answer to one of the program's questions without surrounding blanks, and
// in half width, because an input method may have produced full-width characters.
func normalize(text string) string { return width.Fold.String(strings.TrimSpace(text)) }

// A menu leads the user through the conversation. Its methods return io.EOF at the end of the
// input and a *disconnectError when the connection is lost.
type menu struct {
	screen *screen
	lines  <-chan line
	server *server
}

// run shows the menu until the user leaves, and then returns nil.
func (m *menu) run() error {
	for {
		m.screen.printMessage(mainMenu)
		text, err := m.readLine()
		if err != nil {
			return err
		}
		switch normalize(text) {
		case "1":
			err = m.public()
		case "2":
			err = m.private()
		case "3":
			err = m.rename()
		case "0":
			return nil
		case "":
		default:
			m.screen.printMessage(invalidChoice)
		}
		if err != nil {
			return err
		}
	}
}

// public says each line to everyone.
func (m *menu) public() error {
	m.screen.printMessage(publicChat)
	return m.chat("")
}

// private talks to one user after another.
func (m *menu) private() error {
	for {
		if err := m.server.sendAndWait("who"); err != nil {
			return err
		}
		name, err := m.askName(privateNamePrompt)
		if err != nil || normalize(name) == backWord {
			return err
		}
		m.screen.printMessage(privateChat, name)
		if err := m.chat("to|" + name + "|"); err != nil {
			return err
		}
	}
}

// rename changes the user's name. The server's answer is printed before the menu.
func (m *menu) rename() error {
	name, err := m.askName(newNamePrompt)
	if err != nil || normalize(name) == backWord {
		return err
	}
	return m.server.sendAndWait("rename|" + name)
}

// chat sends each line typed, after prefix, until backWord.
func (m *menu) chat(prefix string) error {
	for {
		text, err := m.readLine()
		if err != nil || normalize(text) == backWord {
			return err
		}
		if text == "" {
			continue
		}
		if err := m.server.send(prefix + text); err != nil {
			return err
		}
	}
}

// askName asks for a name until it gets one that a command can carry, or backWord.
func (m *menu) askName(question string) (string, error) {
	for {
		m.screen.printMessage(question)
		text, err := m.readLine()
		if err != nil {
			return "", err
		}
		name := strings.TrimSpace(text)
		if name != "" && !strings.Contains(name, "|") {
			return name, nil
		}
		m.screen.printMessage(invalidName)
	}
}

// readLine returns the next line typed. A lost connection takes precedence over the remaining
// lines, which could not be sent.
func (m *menu) readLine() (string, error) {
	for {
		select {
		case <-m.server.closed:
			return "", m.server.closeErr
		default:
		}
		select {
		case <-m.server.closed:
			return "", m.server.closeErr
		case l, ok := <-m.lines:
			if !ok {
				return "", io.EOF
			}
			if !l.tooLong {
				return l.text, nil
			}
			m.screen.printMessage(lineTooLong)
		}
	}
}
