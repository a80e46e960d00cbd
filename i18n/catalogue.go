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
	chinese map[string]string
}

// New returns the catalogue.
func New() *Catalogue {
	c := &Catalogue{catalog: catalog.NewBuilder(catalog.Fallback(language.English)), chinese: chinese()}
	for key, translation := range c.chinese {
		if err := c.catalog.SetString(language.Chinese, key, translation); err != nil {
			panic(fmt.Sprintf("i18n: %q: %v", key, err)) // a fault in our own table
		}
	}
	return c
}

// Printer returns a printer that says sentences in the given language. It may
// be shared by goroutines.
func (c *Catalogue) Printer(tag language.Tag) *message.Printer {
	return message.NewPrinter(tag, message.Catalog(c.catalog))
}

// Translated reports whether the catalogue has the sentence in Chinese.
func (c *Catalogue) Translated(key string) bool {
	_, ok := c.chinese[key]
	return ok
}
