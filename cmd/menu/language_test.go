package main

import (
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/i18n"
)

// Windows has a language but no LANG. A user who sets LANG there wants that one.
func TestSystemLanguage(t *testing.T) {
	for _, tc := range []struct {
		environment map[string]string
		system      string
		want        language.Tag
	}{
		{nil, "zh-CN", language.Chinese},
		{nil, "en-US", language.English},
		{nil, "", language.English},
		{map[string]string{"LANG": "en_US.UTF-8"}, "zh-CN", language.English},
		{map[string]string{"LC_ALL": "zh_CN.UTF-8"}, "en-US", language.Chinese},
	} {
		getenv := withLanguage(func(name string) string { return tc.environment[name] }, tc.system)
		if got := i18n.DetectLanguage(getenv); got != tc.want {
			t.Errorf("with %v on a system in %q people read %v, want %v", tc.environment, tc.system, got, tc.want)
		}
	}
}
