package main

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/i18n"
	"teahouse/internal/testkit"
)

func englishEnv(string) string { return "" }

func chineseEnv(name string) string {
	if name == "LANG" {
		return "zh_CN.UTF-8"
	}
	return ""
}

// forEachFraming runs a story against a server that splits lines, as ours does, and against one
// that takes each read for a message and cuts off its last byte, as the original servers do.
func forEachFraming(t *testing.T, story func(t *testing.T, p *fixture)) {
	t.Run("lines", func(t *testing.T) { story(t, newFixture(t, byLines, englishEnv)) })
	t.Run("reads", func(t *testing.T) { story(t, newFixture(t, byReads, englishEnv)) })
}

func TestPublicChat(t *testing.T) {
	forEachFraming(t, func(t *testing.T, p *fixture) {
		p.expectOutput(testkit.EnglishPart("menu-connected", 0)+"127.0.0.1:", i18n.English(mainMenu))
		p.typeLine("1")
		p.expectOutput(i18n.English(publicChat))
		p.typeLine("hello, room: many words")
		p.expectMessage("hello, room: many words")
		p.expectOutput("[A]A:hello, room: many words\n")
		p.typeLine("") // nothing is sent
		p.typeLine("  你好，大家好  ")
		p.expectMessage("  你好，大家好  ")
		p.expectOutput("[A]A:  你好，大家好  \n")
		p.typeLine(" exit\t")
		p.expectOutput(i18n.English(mainMenu))
		p.typeLine("１")
		p.expectOutput(i18n.English(publicChat))
		p.typeLine("ｅｘｉｔ")
		p.expectOutput(i18n.English(mainMenu))
		p.typeLine("\u3000０ ")
		p.expectExit(0)
		p.expectOutput(i18n.English(goodbye))
	})
}

func TestPrivateChat(t *testing.T) {
	forEachFraming(t, func(t *testing.T, p *fixture) {
		p.typeLine("2")
		p.expectMessage("who")
		p.expectOutput("[A]A:在线...\n")
		p.expectOutput(i18n.English(privateNamePrompt))
		p.typeLine(" 张三 ")
		p.expectOutput(testkit.EnglishStart("menu-private-chat", "张三"))
		p.typeLine("a word in your ear")
		p.expectMessage("to|张三|a word in your ear")
		p.expectOutput("A : a word in your ear")
		p.typeLine("a|b")
		p.expectMessage("to|张三|a|b")
		p.typeLine("exit")
		p.expectMessage("who")
		p.expectOutput(i18n.English(privateNamePrompt), "[A]A:在线...\n")
		p.typeLine("a|b")
		p.expectOutput(i18n.English(invalidName), i18n.English(privateNamePrompt))
		p.typeLine("  ")
		p.expectOutput(i18n.English(invalidName), i18n.English(privateNamePrompt))
		p.typeLine("Li Si")
		p.expectOutput(testkit.EnglishStart("menu-private-chat", "Li Si"))
		p.typeLine("hi")
		p.expectMessage("to|Li Si|hi")
		p.typeLine("exit ")
		p.expectMessage("who")
		p.typeLine(" exit")
		p.expectOutput(i18n.English(mainMenu))
		p.typeLine("0")
		p.expectExit(0)
	})
}

func TestRename(t *testing.T) {
	forEachFraming(t, func(t *testing.T, p *fixture) {
		p.typeLine("3")
		p.expectOutput(i18n.English(newNamePrompt))
		p.typeLine("")
		p.expectOutput(i18n.English(invalidName), i18n.English(newNamePrompt))
		p.typeLine("Old Zhang 张")
		p.expectMessage("rename|Old Zhang 张")
		p.expectOutput("您已更改用户名为:Old Zhang 张\n") // and then, not before,
		p.expectOutput(i18n.English(mainMenu))
		p.typeLine("3")
		p.expectOutput(i18n.English(newNamePrompt))
		p.typeLine("exit") // keeps the name
		p.expectOutput(i18n.English(mainMenu))
		p.typeLine("0")
		p.expectExit(0)
	})
}

func TestWrongChoice(t *testing.T) {
	p := newFixture(t, byLines, englishEnv)
	p.expectOutput(i18n.English(mainMenu))
	for _, choice := range []string{"4", "exit", "1 2", "公聊"} {
		p.typeLine(choice)
		p.expectOutput(i18n.English(invalidChoice), i18n.English(mainMenu))
	}
	p.typeLine("")
	p.expectOutput(i18n.English(mainMenu))
	p.typeLine(" 1 ")
	p.expectOutput(i18n.English(publicChat))
}

func TestEndOfInput(t *testing.T) {
	prompts := []struct {
		name  string
		typed []string
		sees  string
	}{
		{"menu", nil, i18n.English(mainMenu)},
		{"public chat", []string{"1"}, i18n.English(publicChat)},
		{"name for private chat", []string{"2"}, i18n.English(privateNamePrompt)},
		{"private chat", []string{"2", "Bo"}, testkit.EnglishStart("menu-private-chat", "Bo")},
		{"new name", []string{"3"}, i18n.English(newNamePrompt)},
	}
	for _, prompt := range prompts {
		t.Run(prompt.name, func(t *testing.T) {
			p := newFixture(t, byLines, englishEnv)
			for _, line := range prompt.typed {
				p.typeLine(line)
			}
			p.expectOutput(prompt.sees)
			p.stdin.Close()
			p.expectExit(0)
			p.expectOutput(i18n.English(goodbye))
		})
	}
}

// When a script is piped in, its end does not cut off the answers, and a last line without a
// newline counts.
func TestPipe(t *testing.T) {
	forEachFraming(t, func(t *testing.T, p *fixture) {
		io.WriteString(p.stdin, "3\nBo\n1\nlast words")
		p.stdin.Close()
		p.expectExit(0)
		if p.framing == byLines { // the number of reads is up to the network
			p.expectMessage("rename|Bo")
			p.expectMessage("last words")
			p.expectOutput("您已更改用户名为:Bo\n", "[A]A:last words\n", i18n.English(goodbye))
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
		{"at the menu", nil, i18n.English(mainMenu), englishEnv, i18n.English(serverClosed)},
		{"in public chat", []string{"1"}, i18n.English(publicChat), englishEnv, i18n.English(serverClosed)},
		{"in private chat", []string{"2", "Bo"}, testkit.EnglishStart("menu-private-chat", "Bo"), englishEnv, i18n.English(serverClosed)},
		{"at a name", []string{"3"}, i18n.English(newNamePrompt), englishEnv, i18n.English(serverClosed)},
		{"in Chinese", nil, "公聊模式", chineseEnv, testkit.Chinese("menu-server-closed")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newFixture(t, byLines, test.getenv)
			for _, line := range test.typed {
				p.typeLine(line)
			}
			p.expectOutput(test.sees)
			if slices.Contains(test.typed, "2") {
				p.expectMessage("who") // closing with unread input would discard the last output
			}
			p.server.send("你被踢了") // without a newline
			p.server.close()
			p.expectExit(1)
			p.expectOutput("你被踢了\n")
			if got := p.stderr.String(); got != test.says+"\n" {
				t.Errorf("menu says %q, want %q", got, test.says)
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
		"English": {englishEnv, []string{testkit.EnglishStart("menu-cannot-connect", l.Addr().String()), "go run ./cmd/teahouse"}},
		"Chinese": {chineseEnv, []string{"无法连接 " + l.Addr().String() + "：", "go run ./cmd/teahouse"}},
	} {
		var stdout, stderr bytes.Buffer
		if status := run([]string{"-port", port}, strings.NewReader(""), &stdout, &stderr, test.getenv); status != 1 {
			t.Errorf("in %s, without a server, menu exits with %d, want 1", language, status)
		}
		for _, want := range test.says {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("in %s, without a server, menu says %[3]q, want %[2]q in it", language, want, &stderr)
			}
		}
		if stdout.Len() > 0 {
			t.Errorf("in %s, without a server, menu prints %q, want nothing", language, &stdout)
		}
	}
}

func TestLineTooLong(t *testing.T) {
	p := newFixture(t, byLines, englishEnv)
	p.typeLine("1")
	p.typeLine(strings.Repeat("长", maxLine))
	p.expectOutput(i18n.English(lineTooLong))
	p.typeLine("short")
	p.expectMessage("short")
}

func TestEscapeSequences(t *testing.T) {
	p := newFixture(t, byLines, englishEnv)
	p.expectOutput(i18n.English(mainMenu))
	p.server.send("\x1b]0;owned\x07\x1b[2J\u009b1mhi\r\n")
	p.expectOutput("]0;owned[2J1mhi\n")
	p.typeLine("2")
	p.typeLine("\x1b[5mBo") // a name copied from elsewhere
	p.expectOutput("Only [5mBo sees")
	p.server.send("\xe5")
	p.server.send("\xbc")
	p.server.send("\xa0\n")
	p.expectOutput("张\n")
}

func TestMessagesStartOnFreshLine(t *testing.T) {
	p := newFixture(t, byLines, englishEnv)
	p.expectOutput(i18n.English(mainMenu))
	p.server.send("B : no newline")
	p.expectOutput("B : no newline")
	p.typeLine("4")
	p.expectOutput("\n" + i18n.English(invalidChoice) + "\n")
}

func TestInChinese(t *testing.T) {
	printer := i18n.New().Printer(language.Chinese)
	p := newFixture(t, byLines, chineseEnv)
	p.expectOutput("已连接到", printer.Sprintf(mainMenu))
	p.typeLine("1")
	p.expectOutput(printer.Sprintf(publicChat))
	p.typeLine("exit")
	p.typeLine("2")
	p.expectOutput(printer.Sprintf(privateNamePrompt))
	p.typeLine("张三")
	p.expectOutput(printer.Sprintf(privateChat, "张三"))
	p.typeLine("exit")
	p.typeLine("exit")
	p.typeLine("3")
	p.expectOutput(printer.Sprintf(newNamePrompt))
	p.stdin.Close()
	p.expectExit(0)
	p.expectOutput(printer.Sprintf(goodbye))
}
