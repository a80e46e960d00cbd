package i18n

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
)

// A translation is filled in by the same values as the sentence that it
// translates.
func TestTranslationsUseTheSameVerbs(t *testing.T) {
	verb := regexp.MustCompile(`%[^%]`)
	for _, table := range []map[string]string{chinese(), taiwan()} {
		for key, translation := range table {
			want, got := verb.FindAllString(English(key), -1), verb.FindAllString(translation, -1)
			if !slices.Equal(want, got) {
				t.Errorf("%q has %v, its translation %q has %v", key, want, translation, got)
			}
		}
	}
}

// Each sentence is there in both kinds of Chinese, and in Taiwan's no character or word is
// of the other.
func TestTaiwanHasAllSentences(t *testing.T) {
	here, there := chinese(), taiwan()
	for code := range english {
		if here[code] == "" {
			t.Errorf("chinese lacks %q", code)
		}
	}
	for key := range here {
		if english[key] == "" {
			t.Errorf("only chinese has %q", key)
		}
		if there[key] == "" {
			t.Errorf("taiwan lacks %q", key)
		}
	}
	simplified := regexp.MustCompile("[这们为来时对说没个发见门问间关开东车书长马风鱼鸟龙语读请谁让认识话样应该还进过远运达边连软网络]" +
		"|消息|服務器|用戶名|文件|字節|鏈接|終端(?:[^機]|$)|默認|日志|程序|信息|屏蔽|粘貼")
	for key, translation := range there {
		if here[key] == "" {
			t.Errorf("only taiwan has %q", key)
		}
		if found := simplified.FindString(translation); found != "" {
			t.Errorf("%q has %s", translation, found)
		}
	}
}

func TestDetectLanguage(t *testing.T) {
	tests := []struct {
		env  map[string]string
		want language.Tag
		wide bool
	}{
		{nil, language.English, false},
		{map[string]string{"LANG": "C"}, language.English, false},
		{map[string]string{"LANG": "en_US.UTF-8"}, language.English, false},
		{map[string]string{"LANG": "zh_CN.UTF-8"}, language.Chinese, true},
		{map[string]string{"LANG": "zh-TW"}, language.TraditionalChinese, true},
		{map[string]string{"LANG": "zh_TW.UTF-8"}, language.TraditionalChinese, true},
		{map[string]string{"LANG": "zh_HK.UTF-8"}, language.TraditionalChinese, true},
		{map[string]string{"LANG": "zh_MO"}, language.TraditionalChinese, true},
		{map[string]string{"LANG": "zh-Hant"}, language.TraditionalChinese, true},
		{map[string]string{"LANG": "zh_Hant_HK"}, language.TraditionalChinese, true},
		{map[string]string{"LANG": "zh_SG"}, language.Chinese, true},
		{map[string]string{"LANG": "zh_TW.Big5", "LC_ALL": "zh_CN"}, language.Chinese, true},
		{map[string]string{"LANG": "zh"}, language.Chinese, true},
		{map[string]string{"LANG": "ja_JP.UTF-8"}, language.English, true},
		{map[string]string{"LANG": "ko_KR"}, language.English, true},
		{map[string]string{"LANG": "kok_IN"}, language.English, false}, // Konkani is not Korean
		{map[string]string{"LANG": "zha_CN"}, language.English, false},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, language.English, false},
		{map[string]string{"LANG": "C", "LC_MESSAGES": "zh_CN"}, language.Chinese, true},
	}
	for _, test := range tests {
		lookup := func(name string) string { return test.env[name] }
		if got := DetectLanguage(lookup); got != test.want {
			t.Errorf("%v: language %v, want %v", test.env, got, test.want)
		}
		if got := IsEastAsian(lookup); got != test.wide {
			t.Errorf("%v: East Asian %v, want %v", test.env, got, test.wide)
		}
	}
}

func TestSentences(t *testing.T) {
	c := New()
	const sentence = "no-such-user"
	if got := c.Printer(language.Chinese).Sprintf(sentence, "张三"); got != "这里没有叫 张三 的人。" {
		t.Errorf("in Chinese: %q", got)
	}
	if got := c.Printer(language.TraditionalChinese).Sprintf(sentence, "張三"); got != "這裡沒有叫 張三 的人。" {
		t.Errorf("in Taiwan: %q", got)
	}
	if got := c.Printer(language.English).Sprintf(sentence, "bob"); got != fmt.Sprintf(English(sentence), "bob") {
		t.Errorf("in English: %q", got)
	}
	if got := c.Printer(language.Chinese).Sprintf("never translated: %s", "x"); got != "never translated: x" {
		t.Errorf("not translated: %q", got)
	}
}

// In English one is no plural, and the sentence for one is that of a sentence there is.
func TestSingularSentences(t *testing.T) {
	c := New()
	english := c.Printer(language.English)
	for key, one := range singulars() {
		if English(key) == "" {
			t.Errorf("there is no such sentence: %q", key)
		}
		args := []any{"x", "y", "z"}[:strings.Count(English(key), "%")]
		for i := range args {
			if strings.Split(English(key), "%")[i+1][0] == 'd' {
				args[i] = 2
			}
		}
		if got, want := english.Sprintf(key, args...), fmt.Sprintf(English(key), args...); got != want {
			t.Errorf("of two: %q, want %q", got, want)
		}
		for _, n := range []any{1, uint64(1)} {
			args[one.arg-1] = n
			if got, want := english.Sprintf(key, args...), fmt.Sprintf(one.sentence, args...); got != want {
				t.Errorf("of one: %q, want %q", got, want)
			}
		}
	}
}

// A former sentence takes the same values as the one that has taken its place.
func TestFormerSentences(t *testing.T) {
	verb := regexp.MustCompile(`%[a-z]`)
	for sentence, code := range former {
		if CodeOf(sentence) != code || !slices.Equal(verb.FindAllString(sentence, -1), verb.FindAllString(English(code), -1)) {
			t.Errorf("%q is %q now, %q", sentence, CodeOf(sentence), English(code))
		}
	}
}
