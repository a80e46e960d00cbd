package i18n

import (
	"fmt"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// A Catalogue holds every sentence in every language. It is immutable once
// made, and safe for concurrent use.
type Catalogue struct {
	catalog *catalog.Builder
}

// New returns the catalogue.
func New() *Catalogue {
	b := catalog.NewBuilder(catalog.Fallback(language.English))
	for key, translation := range chinese() {
		if err := b.SetString(language.Chinese, key, translation); err != nil {
			panic(fmt.Sprintf("i18n: %q: %v", key, err)) // a fault in our own table
		}
	}
	return &Catalogue{catalog: b}
}

// Printer returns a printer that says sentences in the given language. It may
// be shared by goroutines.
func (c *Catalogue) Printer(tag language.Tag) *message.Printer {
	return message.NewPrinter(tag, message.Catalog(c.catalog))
}

// Translated reports whether the catalogue has the sentence in Chinese.
func (c *Catalogue) Translated(key string) bool {
	_, ok := chinese()[key]
	return ok
}
