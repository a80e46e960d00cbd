package terminal

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// row is the text being edited and the cursor in it. The zero value is empty.
//
// The text is cut into grapheme clusters, and the cursor stands before one of
// them or at the end. Where a cluster ends depends on where it begins and on
// nothing beyond the character to its right; so after a change the cuts are made
// anew from the cluster before it to the first old cut that still holds, and a
// key costs much the same in a long row as in a short one.
//
// What is typed joins what is before the cursor at once, but what is behind it
// only when the typing is over, at settle: the first half of a flag that is
// typed before another flag must not run away with half of that one. It is the same
// with what Backspace leaves.
type row struct {
	text   []byte  // valid UTF-8, every character printable, '\n', '\t' or a block's
	sizes  []uint8 // of the clusters, in bytes
	blocks blocks
	index  int // the cursor, as an index into sizes
	at     int // the cursor, as an index into text

	changed bool  // since it was drawn
	held    bool  // what is behind the cursor might join what is before it
	past    *past // nil if there is nothing to undo
	manner  manner
	fresh   bool // the next change is a step of its own
	scratch [2*maxCluster + utf8.UTFMax]byte
}

const (
	// maxCluster bounds a cluster in bytes: more marks than that climb over the
	// lines of others. The longest emoji in use take about 40.
	maxCluster = 64
	// maxRipple bounds for how many old clusters a change may move the cuts.
	// Only a long run of flags comes to more, where each flag's half would find
	// a new partner; the rest of the run then keeps its partners.
	maxRipple = 16
	// keepCap is the capacity up to which an emptied row keeps its memory.
	keepCap = 512
)

func (r *row) empty() bool { return len(r.text) == 0 }

// end is the cursor's index behind the last cluster.
func (r *row) end() int { return len(r.sizes) }

// moveTo puts the cursor before the cluster i, or as near as there is one.
func (r *row) moveTo(i int) {
	i = min(max(i, 0), len(r.sizes))
	if i == r.index {
		return
	}
	r.at = r.offset(i)
	r.index = i
	r.changed = true
}

// offset is where the cluster i begins in the text. It counts from the cursor,
// which is near for most keys; the two that go far need no counting.
func (r *row) offset(i int) int {
	switch {
	case i == 0:
		return 0
	case i == len(r.sizes):
		return len(r.text)
	case i < r.index:
		return r.at - total(r.sizes[i:r.index])
	default:
		return r.at + total(r.sizes[r.index:i])
	}
}

// insert puts a printable text before the cursor, where its beginning may join
// the cluster there; what would make that longer than maxCluster is dropped.
// The text's own clusters must not be longer, see trim.
func (r *row) insert(text []byte) {
	text = text[r.excess(text):]
	if len(text) > 0 {
		r.splice(r.index, r.index, text, true)
		r.held = true
	}
}

// excess is the number of bytes that the text begins with and that would make
// the cluster before the cursor too long.
func (r *row) excess(text []byte) int {
	if r.index == 0 {
		return 0
	}
	before := r.text[r.at-int(r.sizes[r.index-1]) : r.at]
	near := append(r.scratch[:0], before...)
	near = append(near, text[:min(len(text), maxCluster+utf8.UTFMax)]...)
	if len(near) <= maxCluster {
		return 0
	}
	g := displaywidth.BytesGraphemes(near)
	g.Next()
	n := len(g.Value()) - len(before)
	if n <= maxCluster-len(before) {
		return 0
	}
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

// put replaces what stands between a place where a cluster begins and the cursor.
func (r *row) put(from int, text []byte) {
	first, at := r.index, r.at
	for at > from {
		first--
		at -= int(r.sizes[first])
	}
	r.splice(first, r.index, text, true)
	r.held = true
}

// begins reports whether a cluster before the cursor begins at a place in the
// text, or whether it is the cursor's.
func (r *row) begins(from int) bool {
	at := r.at
	for i := r.index; at > from && i > 0; i-- {
		at -= int(r.sizes[i-1])
	}
	return at == from
}

// spoken is the text with newlines in the place of blocks, as many bytes.
func (r *row) spoken() string {
	text := slices.Clone(r.text)
	for i := range text {
		if blockAt(text[i:]) >= 0 {
			text[i], text[i+1] = '\n', '\n'
		}
	}
	return string(text)
}

// settle lets what was typed join what is behind it. It belongs before any use
// of the row but insert and erase.
func (r *row) settle() {
	if r.held {
		r.splice(r.index, r.index, nil, false)
		r.held = false
	}
}

// cut takes the clusters from one index to before the other out of the row and
// returns their text. Indices outside of the row are clamped.
func (r *row) cut(from, to int) []byte {
	from, to = max(from, 0), min(to, len(r.sizes))
	if from >= to {
		return nil
	}
	text := slices.Clone(r.text[r.offset(from):r.offset(to)])
	r.splice(from, to, nil, false)
	return text
}

// erase takes out what one key has put in before the cursor: the last sign of a
// cluster in scripts where each sign is a key of its own, or else the cluster.
func (r *row) erase() {
	if r.index == 0 {
		return
	}
	cluster := r.text[r.at-int(r.sizes[r.index-1]) : r.at]
	r.splice(r.index-1, r.index, slices.Clone(cluster[:withoutSign(cluster)]), true)
	r.held = true // or the cursor would go behind what joins
}

// withoutSign is how many bytes of a cluster Backspace leaves. Letters that have no
// case are those of Thai, Hindi, Arabic, Hebrew and their like, where vowels and tones
// are typed one by one. East Asian letters and what joins them come from an input
// method as one.
func withoutSign(cluster []byte) int {
	first, _ := utf8.DecodeRune(cluster)
	if !unicode.Is(unicode.Lo, first) || unicode.In(first, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
		return 0
	}
	_, last := utf8.DecodeLastRune(cluster)
	return len(cluster) - last
}

// transpose swaps the clusters around the cursor and goes on, as emacs does; at
// the end it swaps the last two.
func (r *row) transpose() {
	i := min(r.index, len(r.sizes)-1) // the right one of the two
	if i < 1 {
		return
	}
	a, b, c := r.offset(i-1), r.offset(i), r.offset(i+1)
	r.splice(i-1, i+1, slices.Concat(r.text[b:c], r.text[a:b]), false)
}

// set replaces the whole text and puts the cursor at its end.
func (r *row) set(text string) {
	r.record(0, len(r.text), len(text))
	r.fill([]byte(text))
}

// fill makes the row hold a text and puts the cursor at its end.
func (r *row) fill(text []byte) {
	r.clear()
	r.text = append(r.text, text...)
	for at := 0; at < len(r.text); {
		n := nextCluster(r.text[at:])
		r.sizes = append(r.sizes, uint8(n))
		at += n
	}
	r.index, r.at = len(r.sizes), len(r.text)
	r.changed = true
}

// message is what the row says: its lines, without a newline at the end. Where
// something was cut out or a block ends, marks may have joined others: what makes
// a cluster too long is dropped.
func (r *row) message() string {
	text := trim(slices.Clone(r.blocks.expand(r.text)))
	return string(bytes.TrimRight(text, "\n"))
}

// goTo puts the cursor before the cluster that begins at a place in the text,
// or at the next.
func (r *row) goTo(at int) {
	r.index, r.at = 0, 0
	for r.at < at && r.index < len(r.sizes) {
		r.at += int(r.sizes[r.index])
		r.index++
	}
	r.changed = true
}

// take empties the row for good.
func (r *row) take() {
	r.clear()
	r.past = nil
}

func (r *row) clear() {
	if r.empty() {
		return
	}
	r.text, r.sizes = r.text[:0], r.sizes[:0]
	if cap(r.text) > keepCap {
		r.text, r.sizes = nil, nil
	}
	r.index, r.at, r.held = 0, 0, false
	r.changed = true
}

// splice replaces the clusters from one index to before the other by s, cuts
// the text around it into clusters again, and puts the cursor behind s. With
// hold, nothing of what is behind s joins it.
func (r *row) splice(from, to int, s []byte, hold bool) {
	begin, end := r.offset(from), r.offset(to)
	r.record(begin, end, len(s))
	r.text = slices.Replace(r.text, begin, end, s...)
	r.changed = r.changed || from < to || len(s) > 0

	// Cut anew from the cluster before s to the first old cut that still holds.
	first, at := from, begin
	if from > 0 {
		first--
		at -= int(r.sizes[first])
	}
	start := at
	last, old := to, begin+len(s) // the old cut before the cluster last
	var buf [2 * maxRipple]uint8
	fresh := buf[:0]
	for at != old {
		if at > old {
			old += int(r.sizes[last])
			last++
			continue
		}
		n := nextCluster(r.text[at:])
		if hold || last-to >= maxRipple {
			n = min(n, old-at)
		}
		fresh = append(fresh, uint8(n))
		at += n
	}
	r.sizes = slices.Replace(r.sizes, first, last, fresh...)

	here := r.at
	r.index, r.at = first, start
	for r.at < begin+len(s) {
		r.at += int(r.sizes[r.index])
		r.index++
	}
	r.changed = r.changed || r.at != here // a join may have carried it off
}

// wordLeft is where the word at the cursor's left begins.
func (r *row) wordLeft() int {
	i, at := r.index, r.at
	step := func(word bool) {
		for i > 0 {
			before := at - int(r.sizes[i-1])
			if inWord(r.text[before:]) != word {
				return
			}
			i, at = i-1, before
		}
	}
	step(false)
	step(true)
	return i
}

// wordRight is where the word at the cursor's right ends.
func (r *row) wordRight() int {
	i, at := r.index, r.at
	step := func(word bool) {
		for i < len(r.sizes) && inWord(r.text[at:]) == word {
			at += int(r.sizes[i])
			i++
		}
	}
	step(false)
	step(true)
	return i
}

// inWord reports whether the cluster that the text begins with is part of a
// word: a run of letters and digits, of whatever script.
func inWord(text []byte) bool {
	c, size := utf8.DecodeRune(text)
	if size == loner(text) && size > 1 {
		return true // Han
	}
	return unicode.IsLetter(c) || unicode.IsNumber(c) || unicode.IsMark(c)
}

// trim shortens every cluster of the text to maxCluster bytes, in place.
func trim(text []byte) []byte {
	kept := text[:0]
	for g := displaywidth.BytesGraphemes(text); g.Next(); {
		cluster := g.Value()
		kept = append(kept, cluster[:nextCluster(cluster)]...)
	}
	return kept
}

// nextCluster is the size of the grapheme cluster that the text begins with, or
// of its first maxCluster bytes at most.
func nextCluster(text []byte) int {
	if n := loner(text); n > 0 && (n == len(text) || loner(text[n:]) > 0) {
		return n
	}
	g := displaywidth.BytesGraphemes(text[:min(len(text), maxCluster+utf8.UTFMax)])
	g.Next()
	n := len(g.Value())
	if n > maxCluster {
		n = maxCluster
		for !utf8.RuneStart(text[n]) {
			n--
		}
	}
	return n
}

// loner is the size of the text's first character if it never joins another of
// its kind, and 0 if it might. It knows of ASCII and of U+4000 to U+9FFF, which
// is most of Han, and spares them the search in the tables.
func loner(text []byte) int {
	switch b := text[0]; {
	case b < utf8.RuneSelf:
		return 1
	case 0xe4 <= b && b <= 0xe9:
		return 3
	}
	return 0
}

func total(sizes []uint8) int {
	sum := 0
	for _, n := range sizes {
		sum += int(n)
	}
	return sum
}
