package testkit

// InvisiblySpelledWords returns words of many languages that are spelled with invisible characters,
// by what is special about them.
func InvisiblySpelledWords() map[string]string {
	return map[string]string{
		"Persian":                           "می\u200cخواهم",
		"Persian, before a mark":            "مَ\u200cن",
		"Persian, after who joins one side": "کار\u200cها",
		"Persian, a letter by itself":       "ه\u200d",
		"Kurdish":                           "ئه\u200cم",
		"Sinhala":                           "ශ්\u200dරී",
		"Marathi, the eyelash":              "दर्\u200dया",
		"Hindi, half a letter":              "क्\u200dष",
		"Hindi, no conjunct":                "क्\u200cष",
		"Bengali, ya after ra":              "র\u200d্যাব",
		"Bengali, khanda ta as it was":      "হঠাত্\u200d",
		"Malayalam, chillu as it was":       "അവന്\u200d",
		"Kannada":                           "ರ\u200d್ಯಾ",
		"Khmer":                             "ប្រ៊\u200cី",
		"Mongolian":                         "ᠮᠣᠩᠭᠣᠯ\u180bᠬ\u180eᠠ",
		"Japanese, a variant for a name":    "葛\U000e0100飾区",
		"Chinese, a compatible ideograph":   "㒞\ufe00",
		"Han beyond the basic plane":        "𠮟\U000e0101る",
	}
}
