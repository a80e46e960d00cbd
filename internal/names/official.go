package names

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/ergochat/confusables"
)

// The words that follow a name in the server's sentences, in all languages: the first word, or
// the first two where people's names have the first. # stands for a number. A name with one of
// them after its first word could be taken for a shorter name and what became of it, as in "alice
// is now called bob". In Chinese, which has no spaces, two characters are enough.
//
// A test goes over all sentences of all languages and fails for a word that is missing here.
const (
	englishWords = "already|asks|begins|belongs|cannot|does not|had no|had to|has|invites|is|joined|left|looks too|mentioned you|needs|removed the|" +
		"says|set the|was disconnected|yes|" +
		"and #|nothing was|on #|to you|while you"
	chineseWords = "已验|已驗|不再|不在|不归|不歸|不想|不是|不能|不属|不屬|已关|已關|並且|并且|为止|為止|了|于 #|於 #|來了|来了|到|取消|和另|和已|在|執行|执行|太像|" +
		"对您|對您|属于|屬於|已經|已经|已被|提到|改名|是|暂时|暫時|有太|沒有|没有|现在|現在|这样|這樣|的|看不|看得|离开|離開|裡的|里的|設定|设置|說|说|請求|请求|走了|邀请|邀請"
)

// markWords stand in brackets in place of [VerifiedMark] for readers without signs. A screen reader
// speaks neither brackets nor what separates two words, so no name may contain one anywhere.
const markWords = "verified|已验证|已驗證"

// serverWordPattern finds one of these words after the first word of a name, in the skeleton of its
// key.
var serverWordPattern = regexp.MustCompile(` (?:(?:` + wordPattern(englishWords) + `)(?:[^\pL\pN]|$)|` + wordPattern(chineseWords) + `)|` + wordPattern(markWords))

// sentencePrefix returns the beginning of a name, given by its key, that reads like a sentence of
// the server.
func sentencePrefix(key string) string {
	for i, r := range key {
		if r == ' ' && serverWordPattern.MatchString(confusables.Skeleton(key[:i])) {
			return key[:i]
		}
	}
	return key
}

// officialNames are names that people take for the server or its operators. Under such a name
// anybody could ask for codes and keys, and with a key would even be verified.
const officialNames = "server|system|teahouse|operator|admin|administrator|sysadmin|moderator|sysop|" +
	"服务器|伺服器|系统|系統|系统消息|系統訊息|系统通知|系統通知|管理员|管理員|系统管理员|系統管理員|超级管理员|超級管理員|管理者|站长|站長|版主"

// officialNamePattern matches the skeleton of such a name, also in the plural.
var officialNamePattern = regexp.MustCompile(`^(?:the)?(?:` + wordPattern(officialNames) + `)s?$`)

// IsOfficial reports whether people would take a name for the server or one of its operators.
// Only letters count: not the number in admin-2, the space in 管理 员, or an accent.
func (id Identity) IsOfficial() bool {
	word := strings.TrimFunc(string(id.Key), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, look := range []string{confusables.Skeleton(word), id.Skeletons[0], id.Skeletons[1]} {
		if officialNamePattern.MatchString(strings.Map(keepLetter, look)) {
			return true
		}
	}
	return false
}

// keepLetter is for [strings.Map] and keeps letters only.
func keepLetter(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return -1
}

// wordPattern returns a pattern for the skeletons of words that are separated by |.
func wordPattern(words string) string {
	var looks []string
	for word := range strings.SplitSeq(words, "|") {
		looks = append(looks, strings.ReplaceAll(confusables.Skeleton(word), "#", "[0-9lOo]+"))
	}
	return strings.Join(looks, "|")
}
