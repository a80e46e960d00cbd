package style

import (
	"strings"
	"testing"
)

// stripLinks writes the sequences of s as readable tags.
func stripLinks(s string) string {
	return strings.NewReplacer(
		boldOn, "<b>", weightOff, "</b>", italicOn, "<i>", italicOff, "</i>", underlineOn, "<u>", underlineOff, "</u>",
		reverseOn, "<r>", reverseOff, "</r>", faintOn, "<f>", allOff, "<0>",
		"\x1b[38;5;30m", "<code>", colourOff, "</code>", linkOff, "</a>", linkOn, "<a ", stringTerminator, ">",
	).Replace(s)
}

func TestMarkup(t *testing.T) {
	sty := Style{Depth: Ansi256, Links: true}
	for in, want := range map[string]string{
		"plain":                   "plain",
		"*bold* _italic_ `code`":  "<b>bold</b> <i>italic</i> <code>code</code>",
		"(*two words*), _yes_!":   "(<b>two words</b>), <i>yes</i>!",
		"中文，*粗体*，用`代码`做。":         "中文，<b>粗体</b>，用<code>代码</code>做。",
		"_snake_case_ and a_b":    "<i>snake_case</i> and a_b",
		"`*not bold*` *`code` b*": "<code>*not bold*</code> <b><code>code</code> b</b>",
		"*a* *b*":                 "<b>a</b> <b>b</b>",

		"see “*this*”, (_that_): *so*…":  "see “<b>this</b>”, (<i>that</i>): <b>so</b>…",
		"*@bob* _#go_ *+1* *(no)*":       "<b>@bob</b> <i>#go</i> <b>+1</b> <b>(no)</b>",
		"\t*x*\t_y_\u3000*z*":            "\t<b>x</b>\t<i>y</i>\u3000<b>z</b>",
		"🍵*茶*🍵 「*粗*」":                    "🍵*茶*🍵 「<b>粗</b>」",
		"`./a.sh` `-v`, `.git/` `/etc/`": "<code>./a.sh</code> <code>-v</code>, <code>.git/</code> <code>/etc/</code>",
		"*`a*` b* and *c `d*`*":          "<b><code>a*</code> b</b> and <b>c <code>d*</code></b>",

		// What is not markup.
		"面积=长*宽*高，变量_长度_宽":             "面积=长*宽*高，变量_长度_宽",
		"2*3*4":                        "2*3*4",
		"snake_case_name and __init__": "snake_case_name and __init__",
		"a * b * c":                    "a * b * c",
		"**bold** ``code`` ```x```":    "**bold** ``code`` ```x```",
		"*not closed":                  "*not closed",
		"*closed*late":                 "*closed*late",
		"(*_*) and (*_*)":              "(*_*) and (*_*)",
		"*one\ntwo*":                   "*one\ntwo*",
		"f(*p, *q) it`s":               "f(*p, *q) it`s",
		"*a*\u0301 `a`\u0301":          "*a*\u0301 `a`\u0301",
		"*\u0301a* `\u0301a`":          "*\u0301a* `\u0301a`",
		"éa*b*c è*x*":                  "éa*b*c è*x*",

		// Blocks of code.
		"see\n```\n*x*  y\n\n  z\n```\nend": "see\n<code>*x*  y</code>\n\n<code>  z</code>\nend",
		"```go\nx\n```":                     "<code>go</code>\n<code>x</code>",
		"```\nnever closed":                 "```\nnever closed",
		"```\n```":                          "```\n```",
	} {
		if got := stripLinks(sty.Text(in)); got != want {
			t.Errorf("%q is shown as\n     %q\nwant %q", in, got, want)
		}
	}
}

// Patterns, paths and comments are not markup: a reader who copies them must get what was typed.
func TestCodeKeepsMarks(t *testing.T) {
	sty := Style{Depth: Ansi256, Links: true}
	for _, code := range []string{
		"src/*/test/*.go", "ls *.c,*.h", "/*comment*/", ".*foo.*", "*/5,*/10", "path/_x_/y", "rm -rf build/*/ tmp/*/",
		"*/5 * * * *", "/* comment */ /** doc */", "**/*.go", "foo/*_test_*/bar", "_config_.yml _posts_/x", "*foo*.txt *foo*/bar",
		"find . -name '*foo*' -o -name \"*bar*\"", "grep --include=*x*", "SELECT *, count(*) FROM t", "f(*args, **kw)", "int *a,*b;",
		"if (*p == *q) *r++ = *s++;", "func (*T) f(*x) (*y)", "{*a*,*b*}", "a=*b*;", "*a*,*b*", "^_x_$", "x=`date`;y=`id`", "$`a`$ -`b`-",
		"ls *[0-9]*", "ls *$x*", "rm *~*", "*.* *.*", "*-*", "_-x_ _x-_", "*/a/* */b/*", "*,* _._", "\\*not\\* \\_this\\_",
		"2*3*4 2 *3*4", "a_b_c _b_c", "*_x_* and _*y*_", "看src/*/test/*.go，和*.c,*.h", "目录/_x_/文件",
	} {
		if got := sty.Text(code); got != code {
			t.Errorf("code %s is shown as %s", code, stripLinks(got))
		}
	}
}

func TestURLs(t *testing.T) {
	a := func(url string) string { return "<a " + url + ">" + url + "</a>" }
	sty := Style{Depth: Ansi256, Links: true}
	for in, want := range map[string]string{
		"https://example.com":                      a("https://example.com"),
		"see http://a.example/b_c_d*e?f=1&g=_h_.":  "see " + a("http://a.example/b_c_d*e?f=1&g=_h") + "_.",
		"(https://a.example/x_(y)), ok":            "(" + a("https://a.example/x_(y)") + "), ok",
		"<https://a.example/>":                     "<" + a("https://a.example/") + ">",
		"*see https://a.example/x*":                "<b>see " + a("https://a.example/x") + "</b>",
		"看https://a.example/x，好":                   "看" + a("https://a.example/x") + "，好",
		"看https://a.example/x很好":                   "看" + a("https://a.example/x") + "很好",
		"https://[::1]:8080/x":                     a("https://[::1]:8080/x"),
		"https://zh.wikipedia.org/wiki/茶_(饮料) x":   "<a https://zh.wikipedia.org/wiki/%E8%8C%B6_(%E9%A5%AE%E6%96%99)>https://zh.wikipedia.org/wiki/茶_(饮料)</a> x",
		"https://de.wikipedia.org/wiki/Café":       "<a https://de.wikipedia.org/wiki/Caf%C3%A9>https://de.wikipedia.org/wiki/Café</a>",
		"`https://a.example`":                      "<code>https://a.example</code>",
		"https://a.example/`x`":                    a("https://a.example/") + "`x`",
		"xhttps://a.example http:// https://. ftp": "xhttps://a.example http:// https://. ftp",
	} {
		if got := stripLinks(sty.Text(in)); got != want {
			t.Errorf("%q is shown as\n     %q\nwant %q", in, got, want)
		}
	}
	long := "https://a.example/" + strings.Repeat("x", maxURL)
	if got := stripLinks(sty.Text(long)); got != "<u>"+long+"</u>" {
		t.Errorf("a URL that is too long to be a link is sent as %q", got)
	}
	sty.Links = false
	if got := stripLinks(sty.Text("see https://a.example.")); got != "see <u>https://a.example</u>." {
		t.Errorf("a terminal without links is sent %q", got)
	}
}

// Without styles, readers see what was typed.
func TestMarkupStaysReadable(t *testing.T) {
	const text = "*a* `b` https://a.example\n```\nc\n```"
	for _, sty := range []Style{{}, {Links: true}, {Depth: TrueColour, Plain: true}} {
		if got := sty.Text(text); got != text {
			t.Errorf("with %+v markup is sent as %q", sty, got)
		}
	}
}
