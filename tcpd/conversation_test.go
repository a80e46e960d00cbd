package tcpd

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// A script is a conversation. Each step is what somebody does, followed by everything that
// clients receive because of it, in order. A client that receives nothing is not mentioned.
//
//	{"A joins", "A: [<A>]<A>:已上线"}
//
// "A joins gopl" connects A with another dialect than the script's own, "A leaves" ends A's
// input, and the text after "A: " is what A types. <A> is A's address.
type script []step
type step []string

// Programs written from the articles parse these phrases: each must be identical to the last
// byte, reach the right clients, and come in the order of the room.
var scripts = map[string]script{
	"classic": {
		{"A joins", "A: [<A>]<A>:已上线"},
		{"B joins", "A B: [<B>]<B>:已上线"},
		{"A: hello room", "A B: [<A>]<A>:hello room"},
		{"A: who", "A: [<A>]<A>:在线...", "A: [<B>]<B>:在线..."},
		{"A: rename|张三", "A: 您已更改用户名为:张三"},
		{"A: rename|张三", "A: 您已更改用户名为:张三"}, // already its name
		{"B: rename|张三", "B: 当前用户名已经被使用!"},
		{"B: to|张三|悄悄话", "A: <B> : 悄悄话"},
		{"B: to|张三|a|b||c", "A: <B> : a|b||c"},
		{"A: to|<B>|in private", "B: 张三 : in private"},
		{"A: to|张三|note to self", "A: 张三 : note to self"},
		{"A: to||hi", `A: 私聊消息格式不正确,请使用"to|张三|张三你好..."格式`},
		{"A: to||", `A: 私聊消息格式不正确,请使用"to|张三|张三你好..."格式`},
		{"A: to|", `A: 私聊消息格式不正确,请使用"to|张三|张三你好..."格式`},
		{"B: to|张三", `B: 私聊消息格式不正确,请使用"to|张三|张三你好..."格式`}, // this crashed the original
		{"B: to|张三|", `B: 私聊消息格式不正确,请使用"to|张三|张三你好..."格式`},
		{"A: to|nobody|hi", "A: nobody用户不存在"},
		{"A: renamed", "A B: [<A>]张三:renamed"},
		{"A: whoever", "A B: [<A>]张三:whoever"},
		{"B: tomorrow|张三|hi", "A B: [<B>]<B>:tomorrow|张三|hi"},
		{"B: $A $N ${T} $$", "A B: [<B>]<B>:$A $N ${T} $$"},
		{"B: who", "B: [<A>]张三:在线...", "B: [<B>]<B>:在线..."},
		{"B leaves", "A: [<B>]<B>:已下线"},
		{"A: who", "A: [<A>]张三:在线..."},
	},
	"realtime": {
		{"A joins", "A: [<A>]<A>:已上线"},
		{"B joins", "A B: [<B>]<B>:已上线"},
		{"A: hello room", "A B: [<A>]<A>:hello room"},
		{"A: who", "A: [<A>]<A>:在线...", "A: [<B>]<B>:在线..."},
		{"A: rename|张三", "A: 您已经更新用户名:张三"},
		{"B: rename|张三", "B: 当前用户名被使用"},
		{"B: to|张三|悄悄话", "A: <B>对您说:悄悄话"},
		{"B: to|张三|a|b||c", "A: <B>对您说:a|b||c"},
		{"A: to|<B>|in private", "B: 张三对您说:in private"},
		{"A: to||hi", `A: 消息格式不正确，请使用"to|张三|你好啊"格式,`},
		{"B: to|张三", `B: 消息格式不正确，请使用"to|张三|你好啊"格式,`},
		{"B: to|张三|", "B: 无消息内容，请重发"},
		{"A: to|nobody|hi", "A: 该用户名不存在"},
		{"A: to|nobody|", "A: 该用户名不存在"},
		{"A: renamed", "A B: [<A>]张三:renamed"},
		{"A: whoever", "A B: [<A>]张三:whoever"},
		{"B: who", "B: [<A>]张三:在线...", "B: [<B>]<B>:在线..."},
		{"A leaves", "B: [<A>]张三:下线"},
	},
	"im": {
		{"A joins", "A: [<A>]<A>:已上线"},
		{"B joins", "A B: [<B>]<B>:已上线"},
		{"A: hello room", "A B: [<A>]<A>:hello room"},
		{"A: who", "A: [<A>] is online", "A: [<B>] is online"},
		{"A: rename|张三", "A: 用户名修改成功,[<A>]->[张三]"},
		{"A: rename|李四", "A: 用户名修改成功,[张三]->[李四]"},
		{"A: rename|李四", "A: 用户名修改成功,[李四]->[李四]"}, // already its name
		{"B: rename|李四", "B: 用户名已存在,修改失败"},
		{"B: rename|张三", "B: 用户名修改成功,[<B>]->[张三]"}, // free again
		{"B: to|李四|悄悄话", "A: 来自:[张三]的消息,内容是:悄悄话"},
		{"B: to|李四|a|b||c", "A: 来自:[张三]的消息,内容是:a|b||c"},
		{"A: to||hi", "A: 发送私聊消息格式错误,正确格式:to|张三|你好呀"},
		{"B: to|李四", "B: 发送私聊消息格式错误,正确格式:to|张三|你好呀"},
		{"B: to|李四|", "B: 消息内容格式错误"},
		{"A: to|nobody|hi", "A: 目标对象不存在,请仔细检查"},
		{"A: renamed", "A B: [<A>]李四:renamed"},
		{"A: whoever", "A B: [<A>]李四:whoever"},
		{"B: who", "B: [李四] is online", "B: [张三] is online"},
		{"A leaves", "B: [<A>]李四:下线"},
	},
	"gopl": {
		{"A joins", "A: You are <A>"},
		{"B joins", "B: You are <B>", "A: <B> has arrived"},
		{"A: hello room", "A B: <A>: hello room"},
		{"A: who", "A B: <A>: who"},
		{"B: rename|bob", "A B: <B>: rename|bob"},
		{"B: to|<A>|hi", "A B: <B>: to|<A>|hi"},
		{"B: to|<A>", "A B: <B>: to|<A>"},
		{"B: /who", "A B: <B>: /who"},
		{"B leaves", "A: <B> has left"},
		{"A: still here", "A: <A>: still here"},
	},
	// There is no echo and there are no commands, and messages arrive exactly as they were sent.
	"relay": {
		{"A joins"},
		{"B joins"},
		{"A: ann : hello", "B: ann : hello"},
		{"B: bob : hi ann", "A: bob : hi ann"},
		{"A: ann : one\ntwo", "B: ann : one\ntwo"},
		{"A: ann : newline at the end\n", "B: ann : newline at the end\n"},
		{"A: who", "B: who"},
		{"A: rename|eve", "B: rename|eve"},
		{"A: to|bob|hi", "B: to|bob|hi"},
		{"C joins"},
		{"C: ann : ann is taken", "A B: ann : ann is taken"},
		{"C leaves"},
		{"B: bob : bye", "A: bob : bye"},
		{"A: bob : it is not me", "B: bob : it is not me"},
	},
}

func TestDialectConversations(t *testing.T) {
	t.Parallel()
	for _, d := range Dialects() {
		t.Run(d.Name, func(t *testing.T) {
			if scripts[d.Name] == nil {
				t.Fatal("this dialect has no script")
			}
			scripts[d.Name].run(t, d.Name)
		})
	}
}

// All dialects share one room: every client receives what the others say, in its own dialect's
// words, and only the messages that its dialect has.
func TestDialectsShareOneHub(t *testing.T) {
	t.Parallel()
	script{
		{"K joins classic", "K: [<K>]<K>:已上线"},
		{"G joins gopl", "G: You are <G>", "K: [<G>]<G>:已上线"},
		{"R joins relay", "K: [<R>]<R>:已上线", "G: <R> has arrived"},
		{"M joins im", "M K: [<M>]<M>:已上线", "G: <M> has arrived"},
		{"T joins realtime", "T M K: [<T>]<T>:已上线", "G: <T> has arrived"},
		{"S joins relay", "T M K: [<S>]<S>:已上线", "G: <S> has arrived"},

		{"K: 你好", "K M T: [<K>]<K>:你好", "G: <K>: 你好", "R S: <K> : 你好"},
		{"G: hello", "K M T: [<G>]<G>:hello", "G: <G>: hello", "R S: <G> : hello"},

		// A relay client's name is that of its first message.
		{"R: ray : hi there", "K M T: [<R>]ray:hi there", "G: ray: hi there", "S: ray : hi there"},
		{"R: ray : again : and again", "K M T: [<R>]ray:again : and again", "G: ray: again : and again", "S: ray : again : and again"},
		{"R: no name in it", "K M T: [<R>]ray:no name in it", "G: ray: no name in it", "S: no name in it"},
		{"R: ray : two\nlines\n", "K M T: [<R>]ray:two lines", "G: ray: two lines", "S: ray : two\nlines\n"},
		{"R: roy : a name is learnt once", "K M T: [<R>]ray:roy : a name is learnt once", "G: ray: roy : a name is learnt once", "S: roy : a name is learnt once"},

		// A name that is taken is not given to a relay client, but its message is said in full.
		{"K: rename|张三", "K: 您已更改用户名为:张三"},
		{"S: 张三 : who am I?", "K M T: [<S>]<S>:张三 : who am I?", "G: <S>: 张三 : who am I?", "R: 张三 : who am I?"},
		{"S: sue : then I am sue", "K M T: [<S>]sue:then I am sue", "G: sue: then I am sue", "R: sue : then I am sue"},
		{"K: hello, both", "K M T: [<K>]张三:hello, both", "G: 张三: hello, both", "R S: 张三 : hello, both"},

		{"K: who", "K: [<K>]张三:在线...", "K: [<G>]<G>:在线...", "K: [<R>]ray:在线...", "K: [<M>]<M>:在线...", "K: [<T>]<T>:在线...", "K: [<S>]sue:在线..."},
		{"G: who", "K M T: [<G>]<G>:who", "G: <G>: who", "R S: <G> : who"},
		{"M: rename|SUE", "M: 用户名已存在,修改失败"},
		{"M: to|张三|psst", "K: <M> : psst"},
		{"K: to|<T>|psst", "T: 张三对您说:psst"},
		{"T: to|<M>|psst", "M: 来自:[<T>]的消息,内容是:psst"},

		// A user who cannot read private messages is called by the address that was asked for.
		{"K: to|<G>|psst", testkit.Chinese(reply.CannotReadMessages, "K: <G>")},
		{"M: to|<R>|psst", "M: 目标对象不存在,请仔细检查"}, // it has a name now
		{"M: to|ray|psst", testkit.Chinese(reply.CannotReadMessages, "M: ray")},
		{"K: to|<M>|  \t", `K: 私聊消息格式不正确,请使用"to|张三|张三你好..."格式`},
		{"T: to|<M>| ", "T: 无消息内容，请重发"},
		{"M: to|<T>| ", "M: 消息内容格式错误"},

		// In dialects that show names they are guest-1 to guest-6. Nobody here knows that.
		{"T: rename|guest-4", "T: 您已经更新用户名:guest-4"},
		{"M: rename|guest-3", "M: 用户名修改成功,[<M>]->[guest-3]"},
		{"K: to|guest-3|psst", "M: 来自:[张三]的消息,内容是:psst"},
		{"G: still nameless", "K: [<G>]<G>:still nameless", "M T: [<G>]<G>:still nameless", "G: <G>: still nameless", "R S: <G> : still nameless"},

		{"R leaves", "K: [<R>]ray:已下线", "M T: [<R>]ray:下线", "G: ray has left"},
		{"M: rename|ray", "M: 用户名修改成功,[guest-3]->[ray]"},
		{"G leaves", "K: [<G>]<G>:已下线", "M T: [<G>]<G>:下线"},
		{"K leaves", "M T: [<K>]张三:下线"},
		{"S: sue : anybody left?", "M T: [<S>]sue:anybody left?"},
	}.run(t, "")
}

// run plays the script in the given dialect, or in those that the script names.
func (s script) run(t *testing.T, dialect string) {
	hub := room.New(room.Config{})
	doors := map[string]string{} // server addresses by dialect
	guests := map[string]*testClient{}
	var addresses []string // <A>, its address, <B>, its address, ...
	withAddresses := func(s string) string { return strings.NewReplacer(addresses...).Replace(s) }

	for _, step := range s {
		who, typed, typing := strings.Cut(step[0], ": ")
		switch words := strings.Fields(step[0]); {
		case typing:
			g := guests[who]
			if g.dialect.Framing == LineFraming {
				typed += "\n"
			}
			g.send(withAddresses(typed))
		case words[1] == "joins":
			who := words[0]
			d := append(words, dialect)[2]
			if doors[d] == "" {
				server, _ := newServer(t, hub, d)
				server.Dialect.IdleTimeout = 0 // a slow test is not an idle user
				doors[d] = serve(t, server)
			}
			guests[who] = dial(t, who, doors[d], LookupDialect(d))
			addresses = append(addresses, "<"+who+">", guests[who].address)
			waitFor(t, step[0], func() bool { return hub.CountSessions() == len(guests) })
		case words[1] == "leaves":
			guests[words[0]].disconnect()
			delete(guests, words[0])
		default:
			t.Fatalf("unknown step %q", step[0])
		}
		for _, heard := range step[1:] {
			who, message, _ := strings.Cut(heard, ": ")
			for _, name := range strings.Fields(who) {
				guests[name].expect(withAddresses(message))
			}
		}
	}

	// Anything beyond the script that a client has received shows up now.
	hub.Close()
	for _, g := range guests {
		switch g.dialect.Name {
		case "gopl":
			g.expect(stoppingEnglish)
		case "relay":
		default:
			g.expect(stoppingText)
		}
		g.expectEOF()
	}
}

// A Server without a Dialect is classic, like the programs in the articles.
func TestClassicIsTheDefault(t *testing.T) {
	t.Parallel()
	server := &Server{Hub: room.New(room.Config{}), Log: log.New(io.Discard)}
	join(t, "A", serve(t, server), LookupDialect("classic"))
	if server.Dialect.Name != "classic" {
		t.Errorf("the default is %s, want classic", server.Dialect.Name)
	}
}

func TestLookupDialect(t *testing.T) {
	t.Parallel()
	var names []string
	for _, d := range Dialects() {
		names = append(names, d.Name)
	}
	if want := []string{"classic", "realtime", "im", "gopl", "relay"}; !slices.Equal(names, want) {
		t.Errorf("dialects are %v, want %v", names, want)
	}
	if d := LookupDialect("telnet"); d != nil {
		t.Errorf("LookupDialect of an unknown dialect returns %v", d)
	}
}

// A name that belongs to somebody's key is refused in each dialect's words even if its owner is
// away, just like a name in use.
func TestNameOwnedByKey(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"classic", "realtime", "im"} {
		hub := room.New(room.Config{})
		u, err := hub.Enter(t.Context(), room.ClientInfo{RequestedName: "alice", Fingerprint: "K", Door: "ssh"})
		if err != nil {
			t.Fatal(err)
		}
		u.Leave(room.Quit)
		s, _ := newServer(t, hub, name)
		g := join(t, "A", serve(t, s), s.Dialect)
		g.send("rename|alice\n")
		g.expect(map[string]string{
			"classic":  "当前用户名已经被使用!",
			"realtime": "当前用户名被使用",
			"im":       "用户名已存在,修改失败",
		}[name])
	}
}
