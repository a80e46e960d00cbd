package main

import "strings"

// A talk is what happens in a picture.
type talk struct {
	file   string // in docs
	title  string // for those who hear the picture
	lang   string // of the title, and of what the house says to the viewer
	viewer string // whose window is shown
	steps  []step
}

// A step is one thing that somebody does, and what the viewer's window has when
// it is done. The next step waits for that. For what the viewers say themselves
// it begins with their name: the bare text is there as soon as it is typed.
type step struct {
	who   string
	types string // and Enter; comes in if it is ""
	shows string // in one row of the window
	leave bool   // the Enter, so that the row can be seen
}

// locale is the LANG that people send who speak the language.
func (t *talk) locale() string {
	if strings.HasPrefix(t.lang, "zh") {
		return "zh_CN.UTF-8"
	}
	return "en_US.UTF-8"
}

// colours is what people's names have, out of the 256, in both pictures.
var colours = map[string]string{"alice": "164", "bob": "64", "小明": "31"}

var talks = []*talk{
	{
		file: "room.svg", lang: "en", viewer: "alice",
		title: "A teahouse in the terminal: three people talk about tea",
		steps: []step{
			{who: "alice", shows: "Welcome to teahouse, alice"},
			{who: "bob", shows: "bob✓ joined"},
			{who: "alice", types: "Good morning! The kettle is on.", shows: "alice✓: Good morning"},
			{who: "bob", types: "/me puts three cups on the table", shows: "puts three cups"},
			{who: "小明", shows: "小明✓ joined"},
			{who: "小明", types: "大家好! I brought *longjing* from my aunt's garden 🍵", shows: "I brought"},
			{who: "bob", types: "How hot may the water be? I once made it with boiling water, and it was so bitter that even my cat, who drinks from flower pots, walked away.", shows: "How hot may"},
			{who: "小明", types: "Below 80 °C, and never in a hurry: `sleep 120 && pour`", shows: "Below 80"},
			{who: "alice", types: "Wikipedia agrees: https://en.wikipedia.org/wiki/Longjing_tea", shows: "alice✓: Wikipedia agrees"},
			{who: "小明", types: "alice, yours is poured. Shall I put the kettle back on?", shows: "yours is poured"},
			{who: "alice", types: "Yes, please! I will just see whether anybody plays.", shows: "alice✓: Yes, please"},
			{who: "alice", types: "/join #go", shows: "#go >"},
			{who: "bob", types: "The cat is back. It smells longjing.", shows: "(#lobby 1)"},
			{who: "小明", types: "A cup for the cat, then!", shows: "(#lobby 2)"},
			{who: "alice", types: "/join #lobby", shows: "> /join #lobby", leave: true},
		},
	},
	{
		file: "room-zh.svg", lang: "zh-CN", viewer: "小明",
		title: "终端里的茶馆：三个人在聊茶",
		steps: []step{
			{who: "小明", shows: "欢迎来到 teahouse，小明"},
			{who: "alice", shows: "alice✓ 来了"},
			{who: "bob", shows: "bob✓ 来了"},
			{who: "小明", types: "早上好！水刚烧上。", shows: "小明✓: 早上好"},
			{who: "alice", types: "/me 摆好了三只茶杯", shows: "摆好了三只茶杯"},
			{who: "bob", types: "小明，你带来的 *龙井* 要用多烫的水？我上次用滚水泡，苦得连我家那只爱喝花盆水的猫闻了闻，都头也不回地走开了。", shows: "要用多烫的水"},
			{who: "小明", types: "八十度就好，泡茶急不得：`sleep 120 && pour`", shows: "小明✓: 八十度就好"},
			{who: "alice", types: "书上也这么说：https://zh.wikipedia.org/wiki/龙井茶", shows: "书上也这么说"},
			{who: "bob", types: "Good tea needs no translation 🍵", shows: "needs no translation"},
			{who: "小明", types: "说得好！我去看看有没有人下棋。", shows: "小明✓: 说得好"},
			{who: "小明", types: "/join #围棋", shows: "#围棋 >"},
			{who: "bob", types: "猫又回来了，它也想喝龙井。", shows: "(#lobby 1)"},
			{who: "alice", types: "那就给猫也倒一杯！", shows: "(#lobby 2)"},
			{who: "小明", types: "/join #lobby", shows: "> /join #lobby", leave: true},
		},
	},
}
