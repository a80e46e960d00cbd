package tcpd

import (
	"time"

	"golang.org/x/text/language"

	"teahouse/room"
)

// A Dialect is one way of talking over plain TCP. Its phrases are templates:
// $A is the address, $N the name and $T the text of whoever acts, $OLD a
// former name; in an answer $N is the name that was asked for. A phrase that
// is empty is not sent.
type Dialect struct {
	Name          string        // the scheme of the listen URL
	IdleTimeout   time.Duration // 0 means for ever
	Framing       Framing
	CommandSyntax room.Syntax // the commands it has: room.PipeSyntax, or 0

	// Language is what its users are told things in that it has no phrase for;
	// with language.Und they are not told.
	Language language.Tag

	Welcome    string // someone joined, as the newcomer reads it
	Joined     string // ... and as the others do
	Left       string
	Said       string
	Echo       bool // speakers read what they said, too
	Online     string
	Renamed    string
	NameTaken  string
	Told       string
	TellFormat string
	NoSuchUser string
	TellNoText string
	TimedOut   string // before the connection of an idle user closes
}

// A Framing is how a dialect tells one message from the next.
type Framing uint8

const (
	// LineFraming end in \n, or \r\n, or with the input. So do those sent.
	LineFraming Framing = iota
	// ReadFraming takes one read for one message, NAME : TEXT, and sends messages as
	// they came.
	ReadFraming
)

// Dialects returns all dialects, the default one first. The phrases are those
// of the originals to the letter: some use ASCII punctuation, some full-width.
func Dialects() []*Dialect {
	return []*Dialect{
		{
			Name:          "classic",
			IdleTimeout:   60 * time.Second,
			CommandSyntax: room.PipeSyntax,
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
		},
		{
			Name:          "realtime",
			IdleTimeout:   10 * time.Second,
			CommandSyntax: room.PipeSyntax,
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
		},
		{
			Name:          "im",
			IdleTimeout:   10 * time.Second,
			CommandSyntax: room.PipeSyntax,
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
		},
		{
			Name:     "gopl",
			Language: language.English,
			Welcome:  "You are $N",
			Joined:   "$N has arrived",
			Left:     "$N has left",
			Said:     "$N: $T",
			Echo:     true,
		},
		{
			Name:    "relay",
			Framing: ReadFraming,
			Said:    "$N : $T",
		},
	}
}

// ForLanguage returns the dialect for people who read a language. The Chinese ones have English
// phrases then, where the house has no sentence that says the same; the framing, the
// commands and where the address stands are as they were.
func (d *Dialect) ForLanguage(lang language.Tag) *Dialect {
	own := *d
	switch {
	case d.Language == language.Und || d.Language == lang:
	case d.Language == language.Chinese:
		own = Dialect{
			Name: d.Name, IdleTimeout: d.IdleTimeout, Framing: d.Framing, CommandSyntax: d.CommandSyntax, Language: lang, Echo: d.Echo,
			Welcome: "[$A]$N:has come in",
			Joined:  "[$A]$N:has come in",
			Left:    "[$A]$N:has left",
			Said:    d.Said,
			Online:  "[$A]$N:is here",
			Renamed: "You are called $N now.",
			Told:    "$N to you alone: $T",
		}
	default:
		own.Language = lang
	}
	return &own
}

// LookupDialect returns the dialect of that name, or nil.
func LookupDialect(name string) *Dialect {
	for _, d := range Dialects() {
		if d.Name == name {
			return d
		}
	}
	return nil
}
