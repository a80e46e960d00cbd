package main

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"teahouse/i18n"
)

func english(string) string { return "" }

func chinese(name string) string {
	if name == "LANG" {
		return "zh_CN.UTF-8"
	}
	return ""
}

// onEachServer plays a story on a server that splits lines, as ours does, and
// on one that takes each read for a message and cuts its last byte off, as the
// original ones do.
func onEachServer(t *testing.T, story func(t *testing.T, p *play)) {
	t.Run("lines", func(t *testing.T) { story(t, stage(t, byLines, english)) })
	t.Run("reads", func(t *testing.T) { story(t, stage(t, byReads, english)) })
}

func TestPublicChat(t *testing.T) {
	onEachServer(t, func(t *testing.T, p *play) {
		p.sees("Connected to 127.0.0.1:", mainMenu)
		p.types("1")
		p.sees(publicChat)
		p.types("hello, room: many words")
		p.hears("hello, room: many words")
		p.sees("[A]A:hello, room: many words\n")
		p.types("") // nothing is sent
		p.types("  你好，大家好  ")
		p.hears("  你好，大家好  ")
		p.sees("[A]A:  你好，大家好  \n")
		p.types(" exit\t")
		p.sees(mainMenu)
		p.types("１")
		p.sees(publicChat)
		p.types("ｅｘｉｔ")
		p.sees(mainMenu)
		p.types("\u3000０ ")
		p.ends(0)
		p.sees(goodbye)
	})
}

func TestPrivateChat(t *testing.T) {
	onEachServer(t, func(t *testing.T, p *play) {
		p.types("2")
		p.hears("who")
		p.sees("[A]A:在线...\n")
		p.sees(privateName)
		p.types(" 张三 ")
		p.sees("Only 张三 sees")
		p.types("a word in your ear")
		p.hears("to|张三|a word in your ear")
		p.sees("A : a word in your ear")
		p.types("a|b")
		p.hears("to|张三|a|b")
		p.types("exit")
		p.hears("who")
		p.sees(privateName, "[A]A:在线...\n")
		p.types("a|b")
		p.sees(badName, privateName)
		p.types("  ")
		p.sees(badName, privateName)
		p.types("Li Si")
		p.sees("Only Li Si sees")
		p.types("hi")
		p.hears("to|Li Si|hi")
		p.types("exit ")
		p.hears("who")
		p.types(" exit")
		p.sees(mainMenu)
		p.types("0")
		p.ends(0)
	})
}

func TestRename(t *testing.T) {
	onEachServer(t, func(t *testing.T, p *play) {
		p.types("3")
		p.sees(newName)
		p.types("")
		p.sees(badName, newName)
		p.types("Old Zhang 张")
		p.hears("rename|Old Zhang 张")
		p.sees("您已更改用户名为:Old Zhang 张\n") // and then, not before,
		p.sees(mainMenu)
		p.types("3")
		p.sees(newName)
		p.types("exit") // keeps the name
		p.sees(mainMenu)
		p.types("0")
		p.ends(0)
	})
}

func TestWrongChoice(t *testing.T) {
	p := stage(t, byLines, english)
	p.sees(mainMenu)
	for _, choice := range []string{"4", "exit", "1 2", "公聊"} {
		p.types(choice)
		p.sees(wrongChoice, mainMenu)
	}
	p.types("")
	p.sees(mainMenu)
	p.types(" 1 ")
	p.sees(publicChat)
}

func TestEndOfInput(t *testing.T) {
	prompts := []struct {
		name  string
		typed []string
		sees  string
	}{
		{"menu", nil, mainMenu},
		{"public chat", []string{"1"}, publicChat},
		{"name for private chat", []string{"2"}, privateName},
		{"private chat", []string{"2", "Bo"}, "Only Bo sees"},
		{"new name", []string{"3"}, newName},
	}
	for _, prompt := range prompts {
		t.Run(prompt.name, func(t *testing.T) {
			p := stage(t, byLines, english)
			for _, line := range prompt.typed {
				p.types(line)
			}
			p.sees(prompt.sees)
			p.stdin.Close()
			p.ends(0)
			p.sees(goodbye)
		})
	}
}

// TestPipe protects those who pipe a script in: its end must not cut off the
// answers, nor its last line be lost for want of a newline.
func TestPipe(t *testing.T) {
	onEachServer(t, func(t *testing.T, p *play) {
		io.WriteString(p.stdin, "3\nBo\n1\nlast words")
		p.stdin.Close()
		p.ends(0)
		if p.flavour == byLines { // how many reads there are is up to the network
			p.hears("rename|Bo")
			p.hears("last words")
			p.sees("您已更改用户名为:Bo\n", "[A]A:last words\n", goodbye)
		}
	})
}

func TestServerGoesAway(t *testing.T) {
	tests := []struct {
		name   string
		typed  []string
		sees   string
		getenv func(string) string
		says   string
	}{
		{"at the menu", nil, mainMenu, english, serverClosed},
		{"in public chat", []string{"1"}, publicChat, english, serverClosed},
		{"in private chat", []string{"2", "Bo"}, "Only Bo sees", english, serverClosed},
		{"at a name", []string{"3"}, newName, english, serverClosed},
		{"in Chinese", nil, "公聊模式", chinese, "服务器已断开连接。"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := stage(t, byLines, test.getenv)
			for _, line := range test.typed {
				p.types(line)
			}
			p.sees(test.sees)
			if slices.Contains(test.typed, "2") {
				p.hears("who") // closing with it unread would throw our last words away
			}
			p.server.send("你被踢了") // without a newline
			p.server.close()
			p.ends(1)
			p.sees("你被踢了\n")
			if got := p.stderr.String(); got != test.says+"\n" {
				t.Errorf("stderr: got %q, want %q", got, test.says)
			}
		})
	}
}

func TestRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for language, test := range map[string]struct {
		getenv func(string) string
		says   []string
	}{
		"English": {english, []string{"Cannot connect to " + l.Addr().String() + ": ", "go run ./cmd/teahouse"}},
		"Chinese": {chinese, []string{"无法连接 " + l.Addr().String() + "：", "go run ./cmd/teahouse"}},
	} {
		var stdout, stderr bytes.Buffer
		if status := run([]string{"-port", port}, strings.NewReader(""), &stdout, &stderr, test.getenv); status != 1 {
			t.Errorf("%s: exit status %d, want 1", language, status)
		}
		for _, want := range test.says {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("%s: %q is not in %q", language, want, &stderr)
			}
		}
		if stdout.Len() > 0 {
			t.Errorf("%s: stdout has %q", language, &stdout)
		}
	}
}

func TestTooLongALine(t *testing.T) {
	p := stage(t, byLines, english)
	p.types("1")
	p.types(strings.Repeat("长", maxLine))
	p.sees(lineTooLong)
	p.types("short")
	p.hears("short")
}

func TestEscapeSequences(t *testing.T) {
	p := stage(t, byLines, english)
	p.sees(mainMenu)
	p.server.send("\x1b]0;owned\x07\x1b[2J\u009b1mhi\r\n")
	p.sees("]0;owned[2J1mhi\n")
	p.types("2")
	p.types("\x1b[5mBo") // a name copied from who knows where
	p.sees("Only [5mBo sees")
	p.server.send("\xe5")
	p.server.send("\xbc")
	p.server.send("\xa0\n")
	p.sees("张\n")
}

func TestOurSentencesBeginOnAFreshLine(t *testing.T) {
	p := stage(t, byLines, english)
	p.sees(mainMenu)
	p.server.send("B : no newline")
	p.sees("B : no newline")
	p.types("4")
	p.sees("\n" + wrongChoice + "\n")
}

func TestInChinese(t *testing.T) {
	printer := i18n.New().Printer(language.Chinese)
	p := stage(t, byLines, chinese)
	p.sees("已连接到", printer.Sprintf(mainMenu))
	p.types("1")
	p.sees(printer.Sprintf(publicChat))
	p.types("exit")
	p.types("2")
	p.sees(printer.Sprintf(privateName))
	p.types("张三")
	p.sees(printer.Sprintf(privateChat, "张三"))
	p.types("exit")
	p.types("exit")
	p.types("3")
	p.sees(printer.Sprintf(newName))
	p.stdin.Close()
	p.ends(0)
	p.sees(printer.Sprintf(goodbye))
}
