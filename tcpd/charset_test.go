package tcpd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"teahouse/internal/testkit"
	"teahouse/internal/text"
	"teahouse/room"
)

// The charset of a connection is decided by the first message that cannot be both: GBK may look
// like UTF-8.
func TestDecoder(t *testing.T) {
	t.Parallel()
	const refused = "(refused)"
	for _, tc := range []struct {
		name    string
		charset Charset
		in      []string
		want    []string
		ends    Charset
	}{
		{"ASCII decides nothing", Auto, []string{"hello", "who", "to|bob|hi"}, []string{"hello", "who", "to|bob|hi"}, Auto},
		{"GBK", Auto, []string{"hi", "\xc4\xe3\xba\xc3", "\xd0\xbb\xd0\xbb"}, []string{"hi", "你好", "谢谢"}, GBK},
		{"GBK that looks like UTF-8", Auto, []string{"\xd0\xbb\xd0\xbb", "\xc4\xe3\xba\xc3", "\xd0\xbb\xd0\xbb"}, []string{"лл", "你好", "谢谢"}, GBK},
		{"two bytes are UTF-8, and undecided", Auto, []string{"привет", "café", "\xc4\xe3\xba\xc3"}, []string{"привет", "café", "你好"}, GBK},
		{"three bytes", Auto, []string{"茶", "\xc4\xe3\xba\xc3"}, []string{"茶", "\xc4\xe3\xba\xc3"}, UTF8}, // the room refuses the second one
		{"four bytes", Auto, []string{"🍵"}, []string{"🍵"}, UTF8},
		{"neither, and undecided", Auto, []string{"caf\xe9 au lait", "\xff", "a\xe9", "茶"}, []string{refused, refused, refused, "茶"}, UTF8},
		{"the euro of CP936 is no GB18030", Auto, []string{"\x80 5"}, []string{refused}, Auto},
		{"a zone of GB18030 without characters", Auto, []string{"\xaa\xa1"}, []string{refused}, Auto},
		{"gbk, from the beginning", GBK, []string{"\xd0\xbb\xd0\xbb", "\x80 5", "\x84\x31\x95\x33", "茶!", "ok"}, []string{"谢谢", "€ 5", "\uFEFF", refused, "ok"}, GBK},
		{"GBK stays", Auto, []string{"\xc4\xe3\xba\xc3", "\xc4\xe3\xba", "茶!", "ok"}, []string{"你好", refused, refused, "ok"}, GBK},
		{"four bytes of GB18030", Auto, []string{"\x94\x39\xda\x33\xc4\xe3"}, []string{"💩你"}, GBK},
		{"the second byte may be a bar", Auto, []string{"to|\x95|\x7c|\x81\x7c"}, []string{"to|晐||亅"}, GBK},
		{"utf-8, from the beginning", UTF8, []string{"\xc4\xe3\xba\xc3", "茶"}, []string{"\xc4\xe3\xba\xc3", "茶"}, UTF8},
	} {
		d := &decoder{charset: tc.charset}
		var got []string
		for _, line := range tc.in {
			text, err := d.decode(line)
			if err != nil {
				text = refused
			}
			got = append(got, text)
		}
		if !slices.Equal(got, tc.want) || d.charset != tc.ends {
			t.Errorf("%s: the room reads %q and the client's charset is %v, want %q and %v", tc.name, got, d.charset, tc.want, tc.ends)
		}
	}
}

// A GBK client receives CP936, and "?" for everything else.
func TestEncode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"hi\n":      "hi\n",
		"你好，茶":      "\xc4\xe3\xba\xc3\xa3\xac\xb2\xe8",
		"€5":        "\x805",
		"🍵茶é!":      "?\xb2\xe8\xa8\xa6!",
		"ǹ〾⿰⺁㐀䶮":    "??????", // in the tables of the web, but not in those of Windows
		"Привет":    "\xa7\xb1\xa7\xe2\xa7\xda\xa7\xd3\xa7\xd6\xa7\xe4",
		"می\u200cخ": "????",
	} {
		if got := string(GBK.encode([]byte(text))); got != want {
			t.Errorf("a GBK client receives %q as %q, want %q", text, got, want)
		}
		if got := string(UTF8.encode([]byte(text))); got != text {
			t.Errorf("a UTF-8 client receives %q as %q", text, got)
		}
	}
}

// gbk returns text as a client on Chinese Windows sends it.
func gbk(text string) string { return string(GBK.encode([]byte(text))) }

// Clients that use GBK and UTF-8 talk to each other in Chinese, including the dialect's phrases
// and names. A "|" inside a GBK character does not separate a command's arguments.
func TestGBKConversation(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t, room.New(room.Config{}), "classic")
	addr := serve(t, server)
	a := join(t, "A", addr, server.Dialect)
	b := join(t, "B", addr, server.Dialect)
	a.expect(b.chatLine("已上线"))

	a.send(gbk("rename|张三\n"))
	a.expect(gbk("您已更改用户名为:张三"))
	b.send("to|张三|亅 is 7C, 🍵 is not\n")
	a.expect(b.address + gbk(" : 亅 is 7C, ? is not"))
	a.send("to|" + b.address + "|\x81\x7c|\x81\x7c\n")
	b.expect("张三 : 亅|亅")
	a.send(gbk("大家好\n"))
	for g, charset := range map[*testClient]Charset{a: GBK, b: UTF8} {
		g.expect(string(charset.encode(fmt.Appendf(nil, "[%s]张三:大家好", a.address))))
	}
	c := dial(t, "C", addr, server.Dialect)
	c.expect(c.chatLine("已上线"))
	b.expect(c.chatLine("已上线"))
	a.expect(gbk(c.chatLine("已上线")))
	a.send(gbk("to|张三四|你好\n"))
	a.expect(gbk("张三四用户不存在"))
	a.send(gbk("好")[:1] + "\n")
	a.expect(gbk(testkit.Chinese(invalidGBK)))
	a.send(strings.Repeat(gbk("茶"), text.MaxBytes/3) + "\n")
	a.expect(gbk(fmt.Sprintf("[%s]张三:%s", a.address, strings.Repeat("茶", text.MaxBytes/3))))
	b.expect(fmt.Sprintf("[%s]张三:%s", a.address, strings.Repeat("茶", text.MaxBytes/3)))
	a.send(strings.Repeat(gbk("茶"), text.MaxBytes/3+1) + "\n") // as many bytes as the originals allow, and more in the room
	a.expect(gbk(tooLongText))
}

// A listen URL can set the clients' charset, which then holds from the first message.
func TestListenURLCharset(t *testing.T) {
	t.Parallel()
	for _, d := range Dialects() {
		server, _ := newServer(t, room.New(room.Config{}), d.Name)
		server.Charset = GBK
		addr := serve(t, server)
		a, b := dial(t, "A", addr, d), dial(t, "B", addr, d)
		waitFor(t, "both are online", func() bool { return server.Hub.CountSessions() == 2 })
		a.send(gbk("ann : 谢谢")) // valid UTF-8, too
		if d.Framing == LineFraming {
			a.send("\n")
		}
		for {
			heard, err := b.read(len(gbk("ann : 谢谢")))
			if err != nil {
				t.Fatalf("at the %s door B never reads A's line: %v", d.Name, err)
			}
			if strings.HasSuffix(heard, "ann : "+gbk("谢谢")) {
				break
			}
		}
		server.Hub.Close()
		rest, _ := io.ReadAll(b.in)
		if want := gbk(stoppingText) + "\n"; d.Language.String() == "zh" && !strings.HasSuffix(string(rest), want) {
			t.Errorf("at the %s door B reads last %q, want %q", d.Name, rest, want)
		}
	}
}

// Relay messages are not lines. A character cut at the end of a full read continues in the next
// one; one cut at the end of a shorter read is invalid.
func TestReadFramingInGBK(t *testing.T) {
	t.Parallel()
	long := "x" + strings.Repeat(gbk("茶"), 1100)
	for _, tc := range []struct {
		name    string
		charset Charset
		in      []string
		want    []string
	}{
		{"ends in what could begin UTF-8", Auto, []string{gbk("ann : 你好茶"), gbk("bob : 好")}, []string{gbk("ann : 你好茶"), gbk("bob : 好")}},
		{"decided", GBK, []string{"a : " + gbk("嗯"), "b : \xe0", "c : hi"}, []string{"a : " + gbk("嗯"), "b : \xe0", "c : hi"}},
		{"cut at the limit", Auto, []string{long}, []string{long[:2047], long[2047:]}},
		{"cut at the limit, and no more of it", GBK, []string{long[:2048], " next"}, []string{long[:2047], long[2047:2048], " next"}},
	} {
		var parts []io.Reader
		for _, part := range tc.in {
			parts = append(parts, strings.NewReader(part))
		}
		got, err := readAll(&readFramer{r: io.MultiReader(parts...), decoder: &decoder{charset: tc.charset}})
		if err != io.EOF || !slices.Equal(got, tc.want) {
			t.Errorf("%s: the messages are %q (error %v), want %q", tc.name, got, err, tc.want)
		}
	}
}
