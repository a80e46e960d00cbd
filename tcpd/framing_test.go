package tcpd

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"unicode/utf8"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
	"teahouse/internal/transport"
	"teahouse/room"
)

// TCP has no messages. However a client's bytes are cut into packets, users receive the lines in
// them, and input that is not a line does not end the connection.
func TestLineFramingAcrossReads(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 0, 256)
	for b := range 256 {
		if b != '\n' {
			noise = append(noise, byte(b))
		}
	}
	longName := strings.Repeat("n", transport.MaxLine-len("to||x"))
	longText := strings.Repeat("x", text.MaxBytes)
	longChinese := strings.Repeat("茶", text.MaxBytes/3-1) + "!"

	for _, tc := range []struct {
		name  string
		types []string // each in a packet of its own
		said  []string // what both clients receive of A's messages
		told  []string // what A alone receives in answer
	}{
		{"a line in one packet", []string{"hello\n"}, []string{"hello"}, nil},
		{"a line in two packets", []string{"hel", "lo\n"}, []string{"hello"}, nil},
		{"a line and its end", []string{"hello", "\n"}, []string{"hello"}, nil},
		{"a character in two packets", []string{"\xe8\x8c", "\xb6\n"}, []string{"茶"}, nil},
		{"one byte at a time", strings.Split("hi all\r\nhi\n", ""), []string{"hi all", "hi"}, nil},
		{"CRLF", []string{"hello\r\nthere\r\n"}, []string{"hello", "there"}, nil},
		{"CRLF in two packets", []string{"hello\r", "\nthere\r\n"}, []string{"hello", "there"}, nil},
		{"three lines in one packet", []string{"one\ntwo\nthree\n"}, []string{"one", "two", "three"}, nil},
		{"a line and a half", []string{"one\ntw", "o\n"}, []string{"one", "two"}, nil},
		{"empty lines are nothing", []string{"\n\n\r\n\n", "one\n\n\n"}, []string{"one"}, nil},
		{"blanks are nothing to say", []string{"  \t\n"}, nil, []string{emptyLineText}},
		{"as long as a text may be", []string{longText + "\n"}, []string{longText}, nil},
		{"as long, in Chinese", []string{longChinese + "!!!" + "\n"}, nil, []string{tooLongText}},
		{"as long, in Chinese, CRLF", []string{longChinese + "\r\n"}, []string{longChinese}, nil},
		{"a text one byte too long", []string{longText + "x\n"}, nil, []string{tooLongText}},
		{"as long as a line may be", []string{"to|" + longName + "|x\n"}, nil, []string{longName + "用户不存在"}},
		{"as long, CRLF", []string{"to|" + longName + "|x\r\n"}, nil, []string{longName + "用户不存在"}},
		{"a line one byte too long", []string{"to|" + longName + "n|x\n"}, nil, []string{tooLongText}},
		{"1 MB without an end", []string{strings.Repeat("y", 1<<20)}, nil, []string{tooLongText}},
		{"1 MB and its end", []string{strings.Repeat("y", 1<<20), "yy\n"}, nil, []string{tooLongText}},
		{"1 MB, CRLF, a line", []string{strings.Repeat("y", 1<<20) + "\r\nnext\n"}, []string{"next"}, []string{tooLongText}},
		{"noise", []string{string(noise) + "\n"}, nil, []string{unknownCharsetText}},
		{"noise in the middle", []string{"caf\xe9 au lait\n"}, nil, []string{unknownCharsetText}},
		{"half a character", []string{"\xe8\n"}, nil, []string{unknownCharsetText}},
		{"a byte order mark", []string{"\xef\xbb", "\xbfhello\n\xef\xbb\xbfthere\n"}, []string{"hello", "there"}, nil},
		{"return and NUL", []string{"hello\r\x00there\r\x00x\n"}, []string{"hello", "there", "x"}, nil},
		{"telnet, before and in a line", []string{"\xff\xfb\x1f\xff\xfa\x1f\x00\x50\n\x18\xff\xf0he\xff\xf1l", "lo\n"}, []string{"hello"}, nil},
		{"nothing but controls", []string{"\x00\x01\x1b\x7f\n"}, nil, []string{emptyLineText}},
		{"controls in a text", []string{"a\x1b[2Jb\x00\tc\n"}, []string{"ab\tc"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server, _ := newServer(t, room.New(room.Config{}), "classic")
			addr := serve(t, server)
			b := join(t, "B", addr, server.Dialect)
			a := dial(t, "A", addr, server.Dialect)
			waitFor(t, "A is online", func() bool { return server.Hub.CountSessions() == 2 })
			b.send("hello\n") // or they would receive A's lines a moment later
			a.expect(a.chatLine("已上线"), b.chatLine("hello"))
			b.expect(a.chatLine("已上线"), b.chatLine("hello"))

			for i, part := range tc.types {
				a.send(part)
				if i < len(tc.types)-1 && len(tc.types) < 5 && !strings.Contains(part, "\n") && len(part) < transport.MaxLine {
					b.send("...\n") // until this comes back, half a line must say nothing
					a.expect(b.chatLine("..."))
					b.expect(b.chatLine("..."))
				}
			}
			for _, answer := range tc.told {
				a.expect(answer)
			}
			for _, text := range tc.said {
				a.expect(a.chatLine(text))
				b.expect(a.chatLine(text))
			}
			// Once the line has ended, the connection works as before.
			last := tc.types[len(tc.types)-1]
			if !strings.HasSuffix(last, "\n") {
				a.send("the end of that line\n")
			}
			a.send("and on\n")
			a.expect(a.chatLine("and on"))
			b.expect(a.chatLine("and on"))
		})
	}
}

// The menu client ends a private message with two newlines.
func TestMenuClientDoubleNewline(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t, room.New(room.Config{}), "classic")
	addr := serve(t, server)
	a := join(t, "A", addr, server.Dialect)
	b := join(t, "B", addr, server.Dialect)
	a.expect(b.chatLine("已上线"))

	b.send("rename|张三\n")
	b.expect("您已更改用户名为:张三")
	a.send("to|张三|你好\n\nto|张三|在吗\n\n")
	b.expect(a.address+" : 你好", a.address+" : 在吗")
	b.send("在\n")
	for _, g := range []*testClient{a, b} {
		g.expect(fmt.Sprintf("[%s]张三:在", b.address))
	}
}

// With printf 'who\n' | nc -N the client's input has ended before the answer is written; the
// answer still arrives. A last line without a newline counts, too.
func TestReplyAfterHalfClose(t *testing.T) {
	t.Parallel()
	server, j := newServer(t, room.New(room.Config{}), "classic")
	addr := serve(t, server)
	b := join(t, "B", addr, server.Dialect)

	for _, input := range []string{"who\n", "who", "who\r\n", "who\n\n"} {
		a := dial(t, "A", addr, server.Dialect)
		a.send(input)
		a.closeWrite()
		a.expect(a.chatLine("已上线"), b.chatLine("在线..."), a.chatLine("在线..."))
		a.expectEOF()
		b.expect(a.chatLine("已上线"), a.chatLine("已下线"))
	}

	a := dial(t, "A", addr, server.Dialect)
	a.send("first\nlast words")
	a.closeWrite()
	a.expect(a.chatLine("已上线"), a.chatLine("first"), a.chatLine("last words"))
	a.expectEOF()
	b.expect(a.chatLine("已上线"), a.chatLine("first"), a.chatLine("last words"), a.chatLine("已下线"))

	waitFor(t, "five people have quit", func() bool { return len(j.LinesWith("disconnected", "reason=quit")) == 5 })
}

// A gopl client reads refusals in English; a relay client reads none.
func TestRefusalsInEachDialect(t *testing.T) {
	t.Parallel()
	hub := room.New(room.Config{})
	classic, _ := newServer(t, hub, "classic")
	gopl, _ := newServer(t, hub, "gopl")
	relay, _ := newServer(t, hub, "relay")
	k := join(t, "K", serve(t, classic), classic.Dialect)
	g := dial(t, "G", serve(t, gopl), gopl.Dialect)
	g.expect("You are " + g.address)
	r := dial(t, "R", serve(t, relay), relay.Dialect)
	g.expect(r.address + " has arrived")
	k.expect(g.chatLine("已上线"), r.chatLine("已上线"))

	g.send("\xff\n" + strings.Repeat("x", 1<<20) + "\n \nfine\n")
	g.expect(
		testkit.English(unknownCharset),
		testkit.English(reply.TextTooLong, 4095),
		testkit.English(reply.TextEmpty),
		g.address+": fine")
	k.expect(g.chatLine("fine"))
	r.expect(g.address + " : fine")

	r.send("\xff\xfe noise \xff")
	k.send("heard nothing\n") // r has no echo to wait for; this comes after what it said
	g.expect(k.address + ": heard nothing")
	k.expect(k.chatLine("heard nothing"))
	r.expect(k.address + " : heard nothing")
	r.send("ray : fine")
	k.expect(fmt.Sprintf("[%s]ray:fine", r.address))
	g.expect("ray: fine")
}

// To a relay client, one write of the server is one message. Messages that leave in one write are
// separated by a newline, with none at the end.
func TestRelayMessagesInOneWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _ := newServer(t, room.New(room.Config{}), "relay")
		l := newPipeListener()
		serveOn(t, server, l)
		a := l.dial(t, "A", server.Dialect, nil)
		b := l.dial(t, "B", server.Dialect, nil)
		synctest.Wait()

		for _, message := range []string{"a : 1", "a : 2", "a : 3\n", "a : 4", "a : 5"} {
			a.send(message) // the first is being written to B while the others are gathered
			synctest.Wait()
		}
		for _, want := range []string{"a : 1", "a : 2\na : 3\na : 4\na : 5"} {
			one := make([]byte, 1000)
			n, err := b.conn.Read(one)
			if got := string(one[:n]); got != want || err != nil {
				t.Fatalf("B reads at once %q (error %v), want %q", got, err, want)
			}
		}
	})
}

// A relay message is passed on unchanged, even if it could not be a line; only what would harm a
// terminal is removed.
func TestReadFramer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		in   []string // the result of each read
		want []string
	}{
		{"one read, one message", []string{"a : hi", "b : ho"}, []string{"a : hi", "b : ho"}},
		{"newlines are part of it", []string{"a\nb\r\n"}, []string{"a\nb\r\n"}},
		{"a character cut in two", []string{"a : \xe8\x8c", "\xb6"}, []string{"a : 茶"}},
		{"a character cut in two, and more", []string{"a : \xe8\x8c", "\xb6!", "b : ho"}, []string{"a : 茶!", "b : ho"}},
		{"what could begin a character", []string{"caf\xc3", "b : hi", "a : \xf0\x9f", "茶"}, []string{"caf\xc3", "b : hi", "a : \xf0\x9f", "茶"}},
		{"the next could, too", []string{"a\xc3", "b\xc3", "\xc3"}, []string{"a\xc3", "b\xc3", "\xc3"}},
		{"a character in four reads", []string{"\xf0", "\x9f", "\x8d", "\xb5!"}, []string{"🍵!"}},
		{"what never becomes a character", []string{"\xe8\x8c", "x"}, []string{"\xe8\x8c", "x"}},
		{"the end in a character", []string{"\xe8\x8c"}, []string{"\xe8\x8c"}},
		{"stray continuation bytes", []string{"\xb6\xb6\xb6\xb6\xb6"}, []string{"\xb6\xb6\xb6\xb6\xb6"}},
		{"more than a message", []string{strings.Repeat("x", maxRead) + "y"}, []string{strings.Repeat("x", maxRead), "y"}},
		{"cut at the limit", []string{"x" + strings.Repeat("茶", 700)},
			[]string{"x" + strings.Repeat("茶", 682), strings.Repeat("茶", 18)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var parts []io.Reader
			for _, part := range tc.in {
				parts = append(parts, strings.NewReader(part))
			}
			got, err := readAll(&readFramer{r: io.MultiReader(parts...), decoder: &decoder{}})
			if err != io.EOF || !slices.Equal(got, tc.want) {
				t.Errorf("the messages are %q (error %v), want %q", got, err, tc.want)
			}
		})
	}
}

// The last bytes before a read error are not lost, and the error comes after them.
func TestReadFramerReturnsReadError(t *testing.T) {
	t.Parallel()
	broken := iotest.DataErrReader(io.MultiReader(strings.NewReader("last"), iotest.ErrReader(io.ErrClosedPipe)))
	got, err := readAll(&readFramer{r: broken, decoder: &decoder{}})
	if err != io.ErrClosedPipe || !slices.Equal(got, []string{"last"}) {
		t.Errorf("the messages are %q, and then the error %v; want the last text and then %v", got, err, io.ErrClosedPipe)
	}
}

// readAll returns all messages up to the final error.
func readAll(f framer) (messages []string, err error) {
	for {
		m, err := f.Next()
		if err != nil {
			return messages, err
		}
		messages = append(messages, m)
	}
}

// The messages contain exactly the input, each is bounded in size, and no complete character is
// split between two of them.
func FuzzReadFramer(f *testing.F) {
	f.Add([]byte("ann : hello"), []byte{})
	f.Add([]byte("茶房 : 你好，🍵!"), []byte{0})
	f.Add([]byte("茶\xe8\x8c茶\xb6\xb6\xf0\x9f\x8d"), []byte{1, 0, 2})
	f.Add(bytes.Repeat([]byte("茶"), maxRead), []byte{255})
	f.Fuzz(func(t *testing.T, data, sizes []byte) {
		messages, err := readAll(&readFramer{r: &testkit.ChunkReader{Data: data, Sizes: sizes}, decoder: &decoder{charset: UTF8}})
		if err != io.EOF {
			t.Fatalf("the input ended with %v, want %v", err, io.EOF)
		}
		if got := strings.Join(messages, ""); got != string(data) {
			t.Fatalf("the messages together are %q, want %q", got, data)
		}
		ends := map[int]bool{}
		at := 0
		for _, m := range messages {
			if m == "" || len(m) > maxRead {
				t.Fatalf("a message has %d bytes, want 1 to %d", len(m), maxRead)
			}
			at += len(m)
			ends[at] = true
		}
		for i, r := range string(data) {
			for within := i + 1; r != utf8.RuneError && within < i+utf8.RuneLen(r); within++ {
				if ends[within] {
					t.Fatalf("the character %q at byte %d is cut in two", r, i)
				}
			}
		}
	})
}
