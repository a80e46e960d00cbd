package main

import (
	"io"
	"strings"

	"golang.org/x/text/width"
)

// exit, typed instead of a message or a name, goes back one step. So nobody
// can be called that here.
const exit = "exit"

// choice returns what was typed in answer to a question of ours, without blanks around
// it; an input method may have typed it in full width.
func choice(text string) string { return width.Fold.String(strings.TrimSpace(text)) }

// A menu leads the user through the conversation. Its methods return io.EOF at
// the end of the input and a *lostError once the server has gone.
type menu struct {
	screen *screen
	lines  <-chan line
	server *server
}

// show shows the menu until the user leaves it, and then returns nil.
func (m *menu) show() error {
	for {
		m.screen.say(mainMenu)
		text, err := m.read()
		if err != nil {
			return err
		}
		switch choice(text) {
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
			m.screen.say(wrongChoice)
		}
		if err != nil {
			return err
		}
	}
}

// public says what is typed to everyone.
func (m *menu) public() error {
	m.screen.say(publicChat)
	return m.chat("")
}

// private talks to one person after the other.
func (m *menu) private() error {
	for {
		if err := m.server.ask("who"); err != nil {
			return err
		}
		name, err := m.name(privateName)
		if err != nil || choice(name) == exit {
			return err
		}
		m.screen.say(privateChat, name)
		if err := m.chat("to|" + name + "|"); err != nil {
			return err
		}
	}
}

// rename asks the server for another name. Its answer is printed before the menu is.
func (m *menu) rename() error {
	name, err := m.name(newName)
	if err != nil || choice(name) == exit {
		return err
	}
	return m.server.ask("rename|" + name)
}

// chat sends each line typed, with the prefix before it, until exit.
func (m *menu) chat(prefix string) error {
	for {
		text, err := m.read()
		if err != nil || choice(text) == exit {
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

// name asks for a name until it gets one that a command can carry, or exit.
func (m *menu) name(question string) (string, error) {
	for {
		m.screen.say(question)
		text, err := m.read()
		if err != nil {
			return "", err
		}
		name := strings.TrimSpace(text)
		if name != "" && !strings.Contains(name, "|") {
			return name, nil
		}
		m.screen.say(badName)
	}
}

// read returns the next line typed. A server that has gone comes before the
// lines that are left: there is nobody to send them to.
func (m *menu) read() (string, error) {
	for {
		select {
		case <-m.server.gone:
			return "", m.server.lost
		default:
		}
		select {
		case <-m.server.gone:
			return "", m.server.lost
		case l, ok := <-m.lines:
			if !ok {
				return "", io.EOF
			}
			if !l.tooLong {
				return l.text, nil
			}
			m.screen.say(lineTooLong)
		}
	}
}
