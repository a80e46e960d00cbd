package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

const channel = "#bench"

// An ircAdapter is an IRC client in one channel. IRC servers do not send a speaker its own lines.
type ircAdapter struct{}

func (ircAdapter) lineAffixes() (before, after string) { return "PRIVMSG " + channel + " :", "\r\n" }

func (ircAdapter) greets() bool { return false } // join has waited for the server's answer

func (ircAdapter) echoes() bool { return false }

func (ircAdapter) join(ctx context.Context, addr, name string, tight bool) (clientConn, error) {
	conn, err := dial(ctx, addr, tight)
	if err != nil {
		return nil, err
	}
	release := context.AfterFunc(ctx, func() { conn.Close() })
	defer release()
	// What is left in the buffer is other clients' JOINs, or a beacon, which will be repeated.
	if err := register(bufio.NewReader(conn), conn, name); err != nil {
		conn.Close()
		return nil, err
	}
	return &ircConn{tcpConn{conn}, pingResponder{Writer: conn}}, nil
}

// register logs the client in and joins the channel.
func register(r *bufio.Reader, w io.Writer, nick string) error {
	if _, err := fmt.Fprintf(w, "NICK %s\r\nUSER %[1]s 0 * :%[1]s\r\n", nick); err != nil {
		return err
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		reply := ""
		switch command, rest := ircCommand(line); command {
		case "001":
			reply = "JOIN " + channel
		case "433": // the nickname is still in use
			nick += "_"
			reply = "NICK " + nick
		case "366":
			return nil
		case "PING":
			reply = "PONG " + rest
		case "ERROR", "432", "464", "465", "471", "473", "474", "475", "477":
			return errors.New("the server refuses: " + strings.TrimSpace(line))
		}
		if reply == "" {
			continue
		}
		if _, err := io.WriteString(w, reply+"\r\n"); err != nil {
			return err
		}
	}
}

// ircCommand returns a line's command and its parameters, without the prefix.
func ircCommand(line string) (command, rest string) {
	line = strings.TrimRight(line, "\r\n")
	if strings.HasPrefix(line, ":") {
		_, line, _ = strings.Cut(line, " ")
	}
	command, rest, _ = strings.Cut(line, " ")
	return command, rest
}

// An ircConn answers the server's PINGs.
type ircConn struct {
	tcpConn
	pingResponder
}

func (c *ircConn) Write(p []byte) (int, error) { return c.tcpConn.Write(p) }

func (c *ircConn) readLoop(pool *scratchPool, take readHandler) error {
	return c.tcpConn.readLoop(pool, func(d *scratch, buf []byte, n int) bool {
		c.respond(buf[headroom : headroom+n])
		return take(d, buf, n)
	})
}
