package tcpd

import (
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/command"
)

// Dialects returns all dialects, the default first. A new dialect is one more function in this
// file. The phrases are exactly those of the originals: some use ASCII punctuation, some
// full-width. docs/protocol.md lists them.
func Dialects() []*Dialect {
	return []*Dialect{classic(), realtime(), im(), gopl(), relay()}
}

// classic is the dialect of the first article, and the default.
func classic() *Dialect {
	return &Dialect{
		Name:          "classic",
		IdleTimeout:   60 * time.Second,
		CommandSyntax: command.PipeSyntax,
		Language:      language.Chinese,
		Welcome:       "[$A]$N:已上线",
		Joined:        "[$A]$N:已上线",
		Left:          "[$A]$N:已下线",
		Said:          "[$A]$N:$T",
		Echo:          true,
		Online:        "[$A]$N:在线...",
		Renamed:       "您已更改用户名为:$N",
		NameTaken:     "当前用户名已经被使用!",
		Told:          "$N : $T",
		TellFormat:    `私聊消息格式不正确,请使用"to|张三|张三你好..."格式`,
		NoSuchUser:    "${N}用户不存在",
		TellNoText:    `私聊消息格式不正确,请使用"to|张三|张三你好..."格式`,
		TimedOut:      "你被踢了",
	}
}

// realtime is the dialect of the second article.
func realtime() *Dialect {
	return &Dialect{
		Name:          "realtime",
		IdleTimeout:   10 * time.Second,
		CommandSyntax: command.PipeSyntax,
		Language:      language.Chinese,
		Welcome:       "[$A]$N:已上线",
		Joined:        "[$A]$N:已上线",
		Left:          "[$A]$N:下线",
		Said:          "[$A]$N:$T",
		Echo:          true,
		Online:        "[$A]$N:在线...",
		Renamed:       "您已经更新用户名:$N",
		NameTaken:     "当前用户名被使用",
		Told:          "${N}对您说:$T",
		TellFormat:    `消息格式不正确，请使用"to|张三|你好啊"格式,`,
		NoSuchUser:    "该用户名不存在",
		TellNoText:    "无消息内容，请重发",
		TimedOut:      "你被超时踢出了",
	}
}

// im is the dialect of the third article.
func im() *Dialect {
	return &Dialect{
		Name:          "im",
		IdleTimeout:   10 * time.Second,
		CommandSyntax: command.PipeSyntax,
		Language:      language.Chinese,
		Welcome:       "[$A]$N:已上线",
		Joined:        "[$A]$N:已上线",
		Left:          "[$A]$N:下线",
		Said:          "[$A]$N:$T",
		Echo:          true,
		Online:        "[$N] is online",
		Renamed:       "用户名修改成功,[$OLD]->[$N]",
		NameTaken:     "用户名已存在,修改失败",
		Told:          "来自:[$N]的消息,内容是:$T",
		TellFormat:    "发送私聊消息格式错误,正确格式:to|张三|你好呀",
		NoSuchUser:    "目标对象不存在,请仔细检查",
		TellNoText:    "消息内容格式错误",
		TimedOut:      "你已超时,将被踢出下线",
	}
}

// gopl is the chat of The Go Programming Language, section 8.10. It has no commands.
func gopl() *Dialect {
	return &Dialect{
		Name:     "gopl",
		Language: language.English,
		Welcome:  "You are $N",
		Joined:   "$N has arrived",
		Left:     "$N has left",
		Said:     "$N: $T",
		Echo:     true,
	}
}

// relay passes on whatever each read returns, and does not announce joins and leaves.
func relay() *Dialect {
	return &Dialect{
		Name:    "relay",
		Framing: ReadFraming,
		Said:    "$N : $T",
	}
}
