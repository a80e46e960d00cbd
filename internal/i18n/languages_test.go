package i18n_test

import (
	"regexp"
	"slices"
	"testing"

	_ "teahouse/internal/command/builtin" // commands add their words
	"teahouse/internal/i18n"
)

// A translation takes the same values as the English.
func TestTranslationsUseTheSameVerbs(t *testing.T) {
	verb := regexp.MustCompile(`%[^%]`)
	for _, table := range []map[string]string{i18n.SimplifiedChinese, i18n.TraditionalChinese} {
		for key, translation := range table {
			want, got := verb.FindAllString(i18n.English(key), -1), verb.FindAllString(translation, -1)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %q takes the values %v, and the English takes %v", key, translation, got, want)
			}
		}
	}
}

// Each sentence exists in both kinds of Chinese, and the Traditional one has no Simplified
// characters and no words of the mainland.
func TestBothKindsOfChinese(t *testing.T) {
	english, simplified, traditional := i18n.EnglishSentences, i18n.SimplifiedChinese, i18n.TraditionalChinese
	if english["help-kick"] == "" {
		t.Error("this test does not see the words of commands")
	}
	for code := range english {
		if simplified[code] == "" {
			t.Errorf("%s has no sentence in Simplified Chinese", code)
		}
	}
	for key := range simplified {
		if english[key] == "" {
			t.Errorf("%s has a sentence in Simplified Chinese but not in English", key)
		}
		if traditional[key] == "" {
			t.Errorf("%s has no sentence in Traditional Chinese", key)
		}
	}
	mainland := regexp.MustCompile("[这们为来时对说没个发见门问间关开东车书长马风鱼鸟龙语读请谁让认识话样应该还进过远运达边连软网络]" +
		"|消息|服務器|用戶名|文件|字節|鏈接|終端(?:[^機]|$)|默認|日志|程序|信息|屏蔽|粘貼")
	for key, translation := range traditional {
		if simplified[key] == "" {
			t.Errorf("%s has a sentence in Traditional Chinese only", key)
		}
		if found := mainland.FindString(translation); found != "" {
			t.Errorf("%s: readers in Taiwan would see %q in %q", key, found, translation)
		}
	}
}

// A sentence has one code, and words in every language.
func TestAddRefusesHalfASentence(t *testing.T) {
	for code, words := range map[string]i18n.Words{
		"help-kick":   {"kick", "踢出", "踢出"},
		"no-such-one": {"none", "", "沒有"},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is added with the words %q", code, words)
				}
			}()
			i18n.Add(code, words)
		}()
	}
}
