package i18n

import (
	"cmp"
	"fmt"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// A Catalogue holds every sentence in every language. It is immutable, and safe for concurrent use.
type Catalogue struct {
	catalog *catalog.Builder
}

// New returns the catalogue of all sentences.
func New() *Catalogue {
	c := &Catalogue{catalog.NewBuilder(catalog.Fallback(language.English))}
	for _, code := range Codes() {
		c.set(language.Und, code, english[code]) // the root: what any other language lacks
	}
	for key, one := range singulars() {
		c.setSingular(key, one)
	}
	for key, translation := range simplifiedChinese {
		c.set(language.Chinese, key, translation)
		c.set(language.TraditionalChinese, key, cmp.Or(traditionalChinese[key], translation))
	}
	return c
}

func (c *Catalogue) set(tag language.Tag, key, translation string) {
	if err := c.catalog.SetString(tag, key, translation); err != nil {
		panic(fmt.Sprintf("i18n: %q: %v", key, err)) // a fault in our own table
	}
}

// setSingular makes English use another sentence where a number in it is one.
func (c *Catalogue) setSingular(key string, one singular) {
	if err := c.catalog.Set(language.English, key, plural.Selectf(one.arg, "%d", plural.One, one.sentence, plural.Other, english[key])); err != nil {
		panic(fmt.Sprintf("i18n: %q: %v", key, err)) // as above
	}
}

// Printer returns a printer that says sentences in the given language. Goroutines may share it.
func (c *Catalogue) Printer(tag language.Tag) *message.Printer {
	return message.NewPrinter(tag, message.Catalog(c.catalog))
}
