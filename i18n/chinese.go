package i18n

// chinese maps each sentence, as its speaker wrote it in English, to Chinese.
// A new sentence goes below the heading of the package that says it.
func chinese() map[string]string {
	return map[string]string{
		// cmd/menu
	}
}
