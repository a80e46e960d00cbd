package render

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/internal/style"
	"teahouse/room"
)

const (
	// maxFormats is how many styles there are at a time, beside the plain ones: each line
	// is rendered once for each.
	maxFormats = 64

	// maxFormatsPerAddress is how many of them those may have together who come from one
	// address, so that nobody takes all.
	maxFormatsPerAddress = 16
)

// Cache has one voice for each style that a session has now: sessions of one style
// share their lines.
type Cache struct {
	printer func(language.Tag) *message.Printer // of the catalogue of sentences

	mu      sync.Mutex
	formats map[Options]*cachedFormat
}

// cachedFormat is a voice that sessions have.
type cachedFormat struct {
	*Format
	sessionsByAddress map[netip.Prefix]int // how many sessions, by where they come from
}

func NewCache(printer func(language.Tag) *message.Printer) *Cache {
	return &Cache{printer: printer, formats: map[Options]*cachedFormat{}}
}

// Acquire returns the voice of a style, for a session that comes from somewhere. Where there
// are too many styles it is one of those, with narrower rows, or the plain one. The
// session gives it back by leave.
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

// canAddLocked reports whether there may be one more style, for somebody from there.
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

// nearestLocked returns the known style that is as st but for somewhat shorter rows, or
// the plain one.
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

// fallback returns the style that those have for whom there is no other: of those there are
// a few for each language.
func (o Options) fallback() Options {
	o.Zone, o.Clock = "", ""
	o.Style = style.Style{Tabs: o.Style.Tabs}
	if o.Syntax == room.SlashSyntax {
		o.Style.Plain, o.Clock = true, "off"
	}
	return o
}

// UnsharedBytes returns how many bytes of talk there are in items that are to be rendered for self
// alone, as others have passed them or see them in another way. What comes after one that is
// at hand is later, and not passed.
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
	v.Own, v.Mention = &own, &named
	return v
}
