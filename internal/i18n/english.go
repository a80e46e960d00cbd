package i18n

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
		"%d more lines before these: /more":                         {1, "%d more line before these: /more"},
		"%d more lines after these: /more":                          {1, "%d more line after these: /more"},
		"Only the beginning was said: %d more lines were left out.": {1, "Only the beginning was said: %d more line was left out."},
		"* %s and %d others joined":                                 {2, "* %s and %d other joined"},
		"* %s and %d others left":                                   {2, "* %s and %d other left"},

		"You read too slowly: %d lines are lost to you.":                                            {1, "You read too slowly: %d line is lost to you."},
		"You said too much too fast. Wait %d seconds. Nothing was said.":                            {1, "You said too much too fast. Wait %d second. Nothing was said."},
		"Slow mode: everybody may say one line in %d seconds.":                                      {1, "Slow mode: everybody may say one line in %d second."},
		"Slow mode: one line in %d seconds. Wait %d more. Nothing was said.":                        {1, "Slow mode: one line in %d second. Wait %d more. Nothing was said."},
		"Somebody with another key, or none, asked for your name %s while you were away: %d times.": {2, "Somebody with another key, or none, asked for your name %s while you were away: %d time."},
	}
}
