package room

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/ergochat/confusables"
)

// What the server says after a name, in all languages: the words with which that begins,
// or two of them where one alone is in people's names. # is a number. A name that has one
// of them after its first word could be taken for a shorter name and what became of that
// one, as "alice is now called bob" could. In Chinese two characters will do, as there is
// nothing between words.
//
// A test goes over all sentences of all catalogues and fails for what is missing here.
const (
	englishWords = "already|asks|begins|belongs|cannot|does not|had no|had to|has|invites|is|joined|left|looks too|means you|needs|" +
		"said is|says|set the|takes|took the|went away|yes|" +
		"and #|any more|nothing was|on #|to you|who has|while you"
	chineseWords = "已验|已驗|不再|不在|不归|不歸|不想|不是|不能|不属|不屬|已关|已關|並且|并且|为止|為止|了|于 #|於 #|來了|来了|到|取消|和另|和已|在|執行|执行|太像|" +
		"对您|對您|属于|屬於|已經|已经|已被|提到|改名|是|暂时|暫時|有太|沒有|没有|现在|現在|这样|這樣|的|看不|看得|离开|離開|裡的|里的|設定|设置|說|说|請求|请求|走了|邀请|邀請"
)

// markWords are the words that stand for [VerifiedMark] where there are no signs, with brackets
// around them. Who has the screen read to them hears no brackets, nor what is between two
// words, so that no name has one of them anywhere.
const markWords = "verified|已验证|已驗證"

// serverWordPattern finds one of those words in a name, after its first word. The name is given
// by what its key looks like.
var serverWordPattern = regexp.MustCompile(` (?:(?:` + wordPattern(englishWords) + `)(?:[^\pL\pN]|$)|` + wordPattern(chineseWords) + `)|` + wordPattern(markWords))

// sentencePrefix returns the words with which a name that has one of those, given by its key, begins
// as a sentence of the server does.
func sentencePrefix(key string) string {
	for i, r := range key {
		if r == ' ' && serverWordPattern.MatchString(confusables.Skeleton(key[:i])) {
			return key[:i]
		}
	}
	return key
}

// officialNames are what people take for the server, or for who has a say in it. Anybody could
// ask for codes and keys under such a name, and with a key would even be verified.
const officialNames = "server|system|teahouse|operator|admin|administrator|sysadmin|moderator|sysop|" +
	"服务器|伺服器|系统|系統|系统消息|系統訊息|系统通知|系統通知|管理员|管理員|系统管理员|系統管理員|超级管理员|超級管理員|管理者|站长|站長|版主"

// officialNamePattern finds one of those, or several of that office, in what the letters of a name
// look like.
var officialNamePattern = regexp.MustCompile(`^(?:the)?(?:` + wordPattern(officialNames) + `)s?$`)

// isOfficial reports whether a name is read as an office. What is no letter makes no
// difference to who reads it: not the number in admin-2, the space in 管理 员, or an accent.
func (id nameIdentity) isOfficial() bool {
	word := strings.TrimFunc(id.key, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, look := range []string{confusables.Skeleton(word), id.skeletons[0], id.skeletons[1]} {
		if officialNamePattern.MatchString(strings.Map(keepLetter, look)) {
			return true
		}
	}
	return false
}

// keepLetter is for [strings.Map], and leaves letters.
func keepLetter(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return -1
}

// isOfficialForLocked reports whether a name is an office that a person does not have: only
// operators take one. Whose it was before stays so.
func (h *Hub) isOfficialForLocked(id nameIdentity, person string) bool {
	return id.isOfficial() && !h.isOperatorLocked(person) && !h.ownsNameLocked(person, id)
}

// wordPattern returns a pattern for what some words look like.
func wordPattern(words string) string {
	var looks []string
	for word := range strings.SplitSeq(words, "|") {
		looks = append(looks, strings.ReplaceAll(confusables.Skeleton(word), "#", "[0-9lOo]+"))
	}
	return strings.Join(looks, "|")
}
