package i18n

import "fmt"

// English returns the sentence of a code, a format string, or "" where there is none. Any
// goroutine may call it.
func English(code string) string { return english[code] }

// CodeOf returns the code of a sentence in English, or "" where there is none: for those who
// know no codes.
func CodeOf(sentence string) string {
	for code, s := range english {
		if s == sentence {
			return code
		}
	}
	return ""
}

// Sprint returns the sentence of a code in English, filled in: for logs and for those whose
// language nobody knows. A code that the catalogue lacks is its own sentence.
func Sprint(code string, args ...any) string {
	format, ok := english[code]
	if !ok {
		format = code
	}
	return fmt.Sprintf(format, args...)
}

// A singular is what a sentence is in English where one of its numbers is one: that of the
// argument arg, counted from one.
type singular struct {
	arg      int
	sentence string
}

// singulars has the sentences whose numbers may be one, and which say something else then.
// Chinese says the same of one and of many.
func singulars() map[string]singular {
	return map[string]singular{
		"earlier-lines":         {1, "%d more line before these: /more"},
		"later-lines":           {1, "%d more line after these: /more"},
		"sshd-input-truncated":  {1, "Only the beginning was said: %d more line was left out."},
		"sshd-many-joined-line": {2, "* %s and %d other joined"},
		"sshd-many-left-line":   {2, "* %s and %d other left"},

		"lines-missed-notice": {1, "You read too slowly: %d line is lost to you."},
		"still-flood-muted":   {1, "You said too much too fast. Wait %d second. Nothing was said."},
		"slow-on":             {1, "Slow mode: everybody may say one line in %d second."},
		"slow-mode":           {1, "Slow mode: one line in %d second. Wait %d more. Nothing was said."},
		"name-tried-often":    {2, "Somebody with another key, or none, asked for your name %s while you were away: %d time."},
	}
}
