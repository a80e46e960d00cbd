package i18n

import "fmt"

// English returns the sentence of a code, a format string, or "" where there is none. Any
// goroutine may call it.
func English(code string) string { return english[code] }

// CodeOf returns the code of a sentence in English, or "" where there is none: for nodes that
// send no codes.
func CodeOf(sentence string) string {
	for code, s := range english {
		if s == sentence {
			return code
		}
	}
	return former[sentence]
}

// Sprint returns the sentence of a code in English, filled in: for logs, and where the
// language isn't known. A code that the catalogue lacks is its own sentence.
func Sprint(code string, args ...any) string {
	format, ok := english[code]
	if !ok {
		format = code
	}
	return fmt.Sprintf(format, args...)
}

// A singular is the English sentence where the number in argument arg, counted from one, is one.
type singular struct {
	arg      int
	sentence string
}

// singulars has the sentences that read differently where a number is one. Chinese has none.
func singulars() map[string]singular {
	return map[string]singular{
		"earlier-lines":         {1, "%d earlier line: /more"},
		"later-lines":           {1, "%d later line: /more"},
		"sshd-input-truncated":  {1, "Only the beginning was sent: %d more line was left out."},
		"sshd-many-joined-line": {2, "* %s and %d other joined"},
		"commands-kept":         {1, "This bot now has %d command."},
		"sshd-many-left-line":   {2, "* %s and %d other left"},

		"lines-missed-notice": {1, "You are reading too slowly and missed %d line."},
		"still-flood-muted":   {1, "You sent too much too fast. Wait %d second. Nothing was sent."},
		"slow-on":             {1, "Slow mode: everyone can send one message every %d second."},
		"slow-mode":           {1, "Slow mode: one message every %d second. Wait %d more. Nothing was sent."},
		"name-tried-often":    {2, "Someone without your key asked for your name %s while you were offline, %d time."},
	}
}
