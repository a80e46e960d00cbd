package i18n

// The catalogues, for tests which also see what other packages have added to them.
var (
	EnglishSentences   = english
	SimplifiedChinese  = simplifiedChinese
	TraditionalChinese = traditionalChinese
)
