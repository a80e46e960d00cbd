package main

import "strings"

// A scenario is what happens in a picture.
type scenario struct {
	file   string // in docs
	title  string // for screen readers
	lang   string // the language of the title, and of the server's messages to the viewer
	viewer string // whose window is shown
	steps  []step
}

// A step is one thing that a user does, and what the viewer's window shows when it is done, for
// which the next step waits. What the viewers say themselves must begin with their name: the bare
// text is on the screen as soon as it is typed.
type step struct {
	user   string
	input  string // typed, with Enter; the user connects if it is ""
	expect string // in one row of the window
	unsent bool   // without Enter, so that the input row can be seen
}

// locale returns the LANG that users of the language send.
func (sc *scenario) locale() string {
	if strings.HasPrefix(sc.lang, "zh") {
		return "zh_CN.UTF-8"
	}
	return "en_US.UTF-8"
}

// nameColours are the colours of the users' names, out of the 256, in both pictures.
var nameColours = map[string]string{"alice": "164", "bob": "64", "小明": "31"}

var scenarios = []*scenario{
	{
		file: "room.svg", lang: "en", viewer: "alice",
		title: "A teahouse in the terminal: three people talk about tea",
		steps: []step{
			{user: "alice", expect: "Welcome to teahouse, alice"},
			{user: "bob", expect: "bob✓ joined"},
			{user: "alice", input: "Good morning! The kettle is on.", expect: "alice✓: Good morning"},
			{user: "bob", input: "/me puts three cups on the table", expect: "puts three cups"},
			{user: "小明", expect: "小明✓ joined"},
			{user: "小明", input: "大家好! I brought *longjing* from my aunt's garden 🍵", expect: "I brought"},
			{user: "bob", input: "How hot may the water be? I once made it with boiling water, and it was so bitter that even my cat, who drinks from flower pots, walked away.", expect: "How hot may"},
			{user: "小明", input: "Below 80 °C, and never in a hurry: `sleep 120 && pour`", expect: "Below 80"},
			{user: "alice", input: "Wikipedia agrees: https://en.wikipedia.org/wiki/Longjing_tea", expect: "alice✓: Wikipedia agrees"},
			{user: "小明", input: "alice, yours is poured. Shall I put the kettle back on?", expect: "yours is poured"},
			{user: "alice", input: "Yes, please! I will just see whether anybody plays.", expect: "alice✓: Yes, please"},
			{user: "alice", input: "/join #go", expect: "#go >"},
			{user: "bob", input: "The cat is back. It smells longjing.", expect: "(#lobby 1)"},
			{user: "小明", input: "A cup for the cat, then!", expect: "(#lobby 2)"},
			{user: "alice", input: "/join #lobby", expect: "> /join #lobby", unsent: true},
		},
	},
	{
		file: "room-zh.svg", lang: "zh-CN", viewer: "小明",
		title: "终端里的茶馆：三个人在聊茶",
		steps: []step{
			{user: "小明", expect: "欢迎来到 teahouse，小明"},
			{user: "alice", expect: "alice✓ 来了"},
			{user: "bob", expect: "bob✓ 来了"},
			{user: "小明", input: "早上好！水刚烧上。", expect: "小明✓: 早上好"},
			{user: "alice", input: "/me 摆好了三只茶杯", expect: "摆好了三只茶杯"},
			{user: "bob", input: "小明，你带来的 *龙井* 要用多烫的水？我上次用滚水泡，苦得连我家那只爱喝花盆水的猫闻了闻，都头也不回地走开了。", expect: "要用多烫的水"},
			{user: "小明", input: "八十度就好，泡茶急不得：`sleep 120 && pour`", expect: "小明✓: 八十度就好"},
			{user: "alice", input: "书上也这么说：https://zh.wikipedia.org/wiki/龙井茶", expect: "书上也这么说"},
			{user: "bob", input: "Good tea needs no translation 🍵", expect: "needs no translation"},
			{user: "小明", input: "说得好！我去看看有没有人下棋。", expect: "小明✓: 说得好"},
			{user: "小明", input: "/join #围棋", expect: "#围棋 >"},
			{user: "bob", input: "猫又回来了，它也想喝龙井。", expect: "(#lobby 1)"},
			{user: "alice", input: "那就给猫也倒一杯！", expect: "(#lobby 2)"},
			{user: "小明", input: "/join #lobby", expect: "> /join #lobby", unsent: true},
		},
	},
}
