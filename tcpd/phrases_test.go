package tcpd

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/internal/command/builtin"
	"teahouse/internal/reply"
	"teahouse/room"
)

// The phrases of the five articles, cell by cell. They are copied from the articles' table, never
// from the code, because programs of that time compare them byte by byte. A is the address, N the
// name, T the text; OLD and NEW are names, and FROM is the sender of a private message to N. An
// empty cell means that the dialect sends nothing.
var phraseCases = []struct {
	what                               string
	classic, realtime, im, gopl, relay string
}{
	{"joined, to the newcomer", `[A]N:已上线`, `[A]N:已上线`, `[A]N:已上线`, `You are N`, ``},
	{"joined, to the others", `[A]N:已上线`, `[A]N:已上线`, `[A]N:已上线`, `N has arrived`, ``},
	{"left", `[A]N:已下线`, `[A]N:下线`, `[A]N:下线`, `N has left`, ``},
	{"said, to the others", `[A]N:T`, `[A]N:T`, `[A]N:T`, `N: T`, `N : T`},
	{"said, to the speaker", `[A]N:T`, `[A]N:T`, `[A]N:T`, `N: T`, ``},
	{"who", `[A]N:在线...`, `[A]N:在线...`, `[N] is online`, ``, ``},
	{"renamed", `您已更改用户名为:NEW`, `您已经更新用户名:NEW`, `用户名修改成功,[OLD]->[NEW]`, ``, ``},
	{"taken", `当前用户名已经被使用!`, `当前用户名被使用`, `用户名已存在,修改失败`, ``, ``},
	{"a key's", `当前用户名已经被使用!`, `当前用户名被使用`, `用户名已存在,修改失败`, ``, ``},
	{"told", `FROM : T`, `FROM对您说:T`, `来自:[FROM]的消息,内容是:T`, ``, ``},
	{"no name", `私聊消息格式不正确,请使用"to|张三|张三你好..."格式`, `消息格式不正确，请使用"to|张三|你好啊"格式,`, `发送私聊消息格式错误,正确格式:to|张三|你好呀`, ``, ``},
	{"not online", `N用户不存在`, `该用户名不存在`, `目标对象不存在,请仔细检查`, ``, ``},
	{"no text", `私聊消息格式不正确,请使用"to|张三|张三你好..."格式`, `无消息内容，请重发`, `消息内容格式错误`, ``, ``},
	{"idle", `你被踢了`, `你被超时踢出了`, `你已超时,将被踢出下线`, ``, ``},
}

// idleTimeouts are how long a client may be idle.
var idleTimeouts = map[string]time.Duration{
	"classic": 60 * time.Second, "realtime": 10 * time.Second, "im": 10 * time.Second, "gopl": 0, "relay": 0,
}

// phraseItems returns what each of phraseCases is about: n is somebody else, and was and now who
// reads it, before and after a change of names.
func phraseItems(n, was, now *room.UserInfo) map[string]room.Item {
	refused := func(code reply.Code, args ...any) room.Item { return room.NewRefused(reply.Refuse(code, args...)) }
	return map[string]room.Item{
		"joined, to the newcomer": &room.Event{Kind: room.Joined, User: &room.UserInfo{SessionID: now.SessionID, Name: n.Name, Address: n.Address}},
		"joined, to the others":   &room.Event{Kind: room.Joined, User: n},
		"left":                    &room.Event{Kind: room.Left, User: n},
		"said, to the others":     &room.Event{Kind: room.Said, User: n, Text: "大家好"},
		"said, to the speaker":    &room.Event{Kind: room.Said, User: &room.UserInfo{SessionID: now.SessionID, Name: n.Name, Address: n.Address}, Text: "大家好"},
		"who":                     &builtin.WhoReply{Users: []*room.UserInfo{n}},
		"renamed":                 &room.Event{Kind: room.Renamed, User: now, OldName: was.Name, OldUser: was},
		"taken":                   refused(reply.NameTaken, "王五"),
		"a key's":                 refused(reply.NameOwned, "王五"),
		"told":                    &room.Event{Kind: room.PrivateMessage, User: n, To: now, Text: "大家好"},
		"no name":                 refused(reply.MessageFormat),
		"not online":              refused(reply.NoSuchUser, "王五"),
		"no text":                 refused(reply.MessageEmpty),
		"idle":                    &room.Farewell{Sentence: reply.Say(reply.GoodbyeIdle)},
	}
}

// A dialect's own phrases stay the same when the server's sentences are reworded.
func TestRewordingChangesNoDialect(t *testing.T) {
	t.Parallel()
	n := &room.UserInfo{SessionID: 1, Name: "王五", Address: "192.0.2.1:50001"}
	me := &room.UserInfo{SessionID: 7, Name: "赵六", Address: "192.0.2.2:50002"}
	for _, d := range Dialects() {
		usual, reworded := newFormat(d, UTF8), newFormat(d, UTF8)
		if d.Language != language.Und {
			reworded.printer = message.NewPrinter(language.Und) // which says a code as it stands
		}
		for what, item := range phraseItems(n, me, me) {
			want := string(usual.appendItems(nil, []room.Item{item}, me.SessionID))
			got := string(reworded.appendItems(nil, []room.Item{item}, me.SessionID))
			code := ""
			switch r := item.(type) {
			case *room.Refused:
				code = string(r.Code)
			case *room.Farewell:
				code = string(r.Code)
			}
			if own := code != "" && strings.HasPrefix(got, code); got != want && !own {
				t.Errorf("%s at the %s door: %q becomes %q when the server's sentences are reworded", what, d.Name, want, got)
			}
		}
	}
}

// Clients read exactly the phrases of the articles.
func TestArticlePhrases(t *testing.T) {
	t.Parallel()
	const me = 7
	n := &room.UserInfo{SessionID: 1, Name: "王五", Address: "192.0.2.1:50001"}
	was := &room.UserInfo{SessionID: me, Name: "李四", Address: "192.0.2.2:50002"}
	now := &room.UserInfo{SessionID: me, Name: "赵六", Address: "192.0.2.2:50002"}
	items := phraseItems(n, was, now)
	fill := strings.NewReplacer("NEW", now.Name, "OLD", was.Name, "FROM", n.Name, "A", n.Address, "N", n.Name, "T", "大家好")
	for _, row := range phraseCases {
		item := items[row.what]
		_, isEvent := item.(*room.Event)
		for dialect, phrase := range map[string]string{
			"classic": row.classic, "realtime": row.realtime, "im": row.im, "gopl": row.gopl, "relay": row.relay,
		} {
			d := LookupDialect(dialect)
			want := fill.Replace(phrase)
			switch {
			case phrase == "" && dialect == "gopl" && !isEvent && row.what != "who":
				continue // the server's own English; a gopl client has no such command, and is never idle
			case want != "" && d.Framing == LineFraming:
				want += "\n"
			}
			if got := string(newFormat(d, UTF8).appendItems(nil, []room.Item{item}, me)); got != want {
				t.Errorf("%s at the %s door: clients read %q, want %q", row.what, dialect, got, want)
			}
		}
	}
	for dialect, want := range idleTimeouts {
		if got := LookupDialect(dialect).IdleTimeout; got != want {
			t.Errorf("the idle timeout of the %s door is %v, want %v", dialect, got, want)
		}
	}
}
