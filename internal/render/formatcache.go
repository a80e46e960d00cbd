package render

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/internal/command"
	"teahouse/internal/style"
	"teahouse/room"
)

const (
	// maxFormats limits the formats other than fallbacks at a time, because each line is
	// rendered once for each.
	maxFormats = 64

	// maxFormatsPerAddress limits the formats that clients from one address can have together,
	// so that nobody takes all.
	maxFormatsPerAddress = 16
)

// A Cache has one Format for each combination of options in use. Sessions with the same options
// share it, and so its rendered lines.
type Cache struct {
	printer func(language.Tag) *message.Printer // by language, with the sentences of package i18n

	mu      sync.Mutex
	formats map[Options]*cachedFormat
}

// A cachedFormat is a Format in use by sessions.
type cachedFormat struct {
	*Format
	sessionsByAddress map[netip.Prefix]int // number of sessions, by address
}

// NewCache returns an empty cache. Printer returns the printer of a language's sentences.
func NewCache(printer func(language.Tag) *message.Printer) *Cache {
	return &Cache{printer: printer, formats: map[Options]*cachedFormat{}}
}

// Acquire returns the Format of st for a session from an address. If there are too many formats,
// it returns an existing one with narrower rows, or a fallback. The session must return it with
// [Cache.Release].
func (c *Cache) Acquire(st Options, from netip.Prefix) *Format {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.formats[st] == nil && st != st.fallback() && !c.canAddLocked(from) {
		st = c.nearestLocked(st)
	}
	s := c.formats[st]
	if s == nil {
		s = &cachedFormat{Format: c.newFormat(st), sessionsByAddress: map[netip.Prefix]int{}}
		c.formats[st] = s
	}
	s.sessionsByAddress[from]++
	s.sessions.Add(1)
	return s.Format
}

// Release returns a Format that [Cache.Acquire] returned for an address.
func (c *Cache) Release(v *Format, from netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.formats[v.Options]
	s.sessions.Add(-1)
	if s.sessionsByAddress[from]--; s.sessionsByAddress[from] == 0 {
		delete(s.sessionsByAddress, from)
	}
	if len(s.sessionsByAddress) == 0 {
		delete(c.formats, v.Options)
	}
}

// canAddLocked reports whether a session from an address may add a format.
func (c *Cache) canAddLocked(from netip.Prefix) bool {
	all, theirs := 0, 0
	for st, s := range c.formats {
		if st == st.fallback() {
			continue
		}
		all++
		if s.sessionsByAddress[from] > 0 {
			theirs++
		}
	}
	return all < maxFormats && theirs < maxFormatsPerAddress
}

// nearestLocked returns the options in use that differ from st only in having somewhat shorter
// rows, or the fallback.
func (c *Cache) nearestLocked(st Options) Options {
	nearest := st.fallback()
	for known := range c.formats {
		same := known
		same.Style.Width = st.Style.Width
		if same == st && known.Style.Width < st.Style.Width && known.Style.Width > nearest.Style.Width {
			nearest = known
		}
	}
	return nearest
}

// fallback returns the plain options for sessions that cannot get a Format of their own. There
// are only a few for each language.
func (o Options) fallback() Options {
	o.Zone, o.Clock = "", ""
	o.Style = style.Style{Tabs: o.Style.Tabs}
	if o.Syntax == command.SlashSyntax {
		o.Style.Plain, o.Clock = true, "off"
	}
	return o
}

// UnsharedBytes returns how many bytes of message text in items must be rendered for self alone,
// because other sessions have passed them or see them differently. It stops at the first event
// that is cached: nobody has passed the later ones yet.
func (f *Format) UnsharedBytes(items []room.Item, self *room.UserInfo) (bytes int) {
	for _, item := range items {
		e, ok := item.(*room.Event)
		switch {
		case !ok || e.Kind != room.Said:
		case e.IsCached(f.forReader(self, e)):
			return bytes
		default:
			bytes += len(e.Text)
		}
	}
	return bytes
}

func (c *Cache) newFormat(st Options) *Format {
	location, err := time.LoadLocation(st.Zone)
	if err != nil || st.Zone == "" {
		location = time.Local
	}
	v := &Format{Options: st, printer: c.printer(st.Language), Location: location, sessions: new(atomic.Int32)}
	own, named := *v, *v
	own.relation, named.relation = fromReader, mentionsReader
	v.own, v.mention = &own, &named
	return v
}
