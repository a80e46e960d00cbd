package i18n

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/language"
)

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
			t.Errorf("with %v people read %v, want %v", test.env, got, test.want)
		}
		if got := IsEastAsian(lookup); got != test.wide {
			t.Errorf("with %v characters of ambiguous width are wide: %v, want %v", test.env, got, test.wide)
		}
	}
}

func TestSentences(t *testing.T) {
	c := New()
	const sentence = "no-such-user"
	if got := c.Printer(language.Chinese).Sprintf(sentence, "张三"); got != "这里没有叫 张三 的人。" {
		t.Errorf("readers of Simplified Chinese see %q", got)
	}
	if got := c.Printer(language.TraditionalChinese).Sprintf(sentence, "張三"); got != "這裡沒有叫 張三 的人。" {
		t.Errorf("readers of Traditional Chinese see %q", got)
	}
	if got := c.Printer(language.English).Sprintf(sentence, "bob"); got != fmt.Sprintf(English(sentence), "bob") {
		t.Errorf("readers of English see %q", got)
	}
	if got := c.Printer(language.Chinese).Sprintf("never translated: %s", "x"); got != "never translated: x" {
		t.Errorf("a sentence that is in no catalogue comes out as %q", got)
	}
}

// English has a sentence of its own for one, and each of those belongs to a sentence of the
// catalogue.
func TestSingularSentences(t *testing.T) {
	c := New()
	english := c.Printer(language.English)
	for key, one := range singulars() {
		if English(key) == "" {
			t.Errorf("%s has a singular, but is not in the catalogue", key)
		}
		args := []any{"x", "y", "z"}[:strings.Count(English(key), "%")]
		for i := range args {
			if strings.Split(English(key), "%")[i+1][0] == 'd' {
				args[i] = 2
			}
		}
		if got, want := english.Sprintf(key, args...), fmt.Sprintf(English(key), args...); got != want {
			t.Errorf("with the number 2 people read %q, want %q", got, want)
		}
		for _, n := range []any{1, uint64(1)} {
			args[one.arg-1] = n
			if got, want := english.Sprintf(key, args...), fmt.Sprintf(one.sentence, args...); got != want {
				t.Errorf("with the number 1 people read %q, want %q", got, want)
			}
		}
	}
}
