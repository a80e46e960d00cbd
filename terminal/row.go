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
// nothing beyond the character to its right; so where a piece is put in or taken out
// the cuts are made anew from the cluster before to the first old cut that still holds:
// a key costs much the same in a long row as in a short one.
//
// What is typed joins what is before the cursor at once, but what is behind it
// only when the typing is over, at settle: the first half of a flag that is
// typed before another flag must not run away with half of that one. It is the same
// with what Backspace leaves.
type row struct {
	piece
	looks  []look // what is known of each cluster
	blocks blocks
	extra  int // how many bytes more the text says than it has, by its blocks
	index  int // the cursor, as an index into sizes
	at     int // the cursor, as an index into text
	work   int // how many clusters were looked at

	changed bool  // since it was drawn
	held    bool  // what is behind the cursor might join what is before it
	past    *past // nil if there is nothing to undo
	manner  manner
	fresh   bool // the next change is a step of its own
	scratch [2*maxCluster + utf8.UTFMax]byte
}

// A look is what is known of a cluster: in its lower bits how many cells it takes, 0
// where nobody has asked yet, and whether it is part of a word.
type look uint8

const (
	cellsKnown look = 1<<6 - 1
	wordKnown  look = 1 << 6
	wordPart   look = 1 << 7
)

const (
	// maxRipple bounds for how many old clusters a change may move the cuts.
	// Only a long run of flags comes to more, where each flag's half would find
	// a new partner; the rest of the run then keeps its partners.
	maxRipple = 16
	// maxWord is how many clusters the keys that go by words take for one at most.
	maxWord = 128
	// keepCap is the capacity up to which an emptied row keeps its memory.
	keepCap = 512
)

func (r *row) empty() bool { return len(r.text) == 0 }

// end is the cursor's index behind the last cluster.
func (r *row) end() int { return len(r.sizes) }

// weight is how many bytes the row says.
func (r *row) weight() int { return len(r.text) + r.extra }

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

// seek is the first cluster that begins at a place in the text or behind it, and where
// that is.
func (r *row) seek(place int) (i, at int) {
	switch {
	case place >= len(r.text):
		return len(r.sizes), len(r.text)
	case place >= r.at:
		i, at = r.index, r.at
	}
	for at < place {
		at += int(r.sizes[i])
		i++
	}
	return i, at
}

// goTo puts the cursor before the cluster that begins at a place in the text,
// or at the next.
func (r *row) goTo(place int) {
	r.index, r.at = r.seek(place)
	r.changed = true
}

// part is what stands from one cluster to before another, until the row changes.
func (r *row) part(from, to int) piece {
	return piece{r.text[r.offset(from):r.offset(to)], r.sizes[from:to]}
}

// insert puts a piece before the cursor, where its beginning may join
// the cluster there; what would make that longer than maxCluster is dropped.
func (r *row) insert(p piece) {
	if n := r.excess(p.text); n > 0 {
		p = cutUp(p.text[n:])
		r.work += len(p.sizes)
	}
	if len(p.text) > 0 {
		r.splice(r.index, r.index, p, true)
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
	p := cutUp(text)
	r.work += len(p.sizes)
	r.splice(first, r.index, p, true)
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
	r.work += len(r.text) / bytesPerWork
	if r.blocks == nil {
		return string(r.text)
	}
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
		r.splice(r.index, r.index, piece{}, false)
		r.held = false
	}
}

// cut takes the clusters from one index to before the other out of the row. Indices
// outside of the row are clamped.
func (r *row) cut(from, to int) {
	from, to = max(from, 0), min(to, len(r.sizes))
	if from < to {
		r.splice(from, to, piece{}, false)
	}
}

// erase takes out what one key has put in before the cursor: the last sign of a
// cluster in scripts where each sign is a key of its own, or else the cluster.
func (r *row) erase() {
	if r.index == 0 {
		return
	}
	cluster := r.part(r.index-1, r.index).text
	left := cutUp(slices.Clone(cluster[:withoutSign(cluster)]))
	r.splice(r.index-1, r.index, left, true)
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
	a, b := r.part(i-1, i), r.part(i, i+1)
	r.splice(i-1, i+1, cutUp(slices.Concat(b.text, a.text)), false)
}

// set replaces the whole text and puts the cursor at its end.
func (r *row) set(p piece) {
	r.record(0, len(r.sizes), len(p.text))
	r.fill(p)
}

// fill makes the row hold a text and puts the cursor at its end.
func (r *row) fill(p piece) {
	r.work += len(p.text) / bytesPerWork
	r.text = append(r.text[:0], p.text...)
	r.sizes = append(r.sizes[:0], p.sizes...)
	r.looks = slices.Grow(r.looks[:0], len(p.sizes))[:len(p.sizes)]
	clear(r.looks)
	r.extra = r.blocks.extra(r.text)
	r.index, r.at, r.held = len(r.sizes), len(r.text), false
	r.changed = true
}

// message is what the row says: its lines, without a newline at the end. Where
// something was cut out or a block ends, marks may have joined others: what makes
// a cluster too long is dropped.
func (r *row) message() string {
	text := trim(slices.Clone(r.blocks.expand(r.text)))
	return string(bytes.TrimRight(text, "\n"))
}

// take empties the row for good.
func (r *row) take() {
	if !r.empty() {
		r.fill(piece{})
	}
	if cap(r.text) > keepCap {
		r.text, r.sizes, r.looks = nil, nil, nil
	}
	r.past = nil
}

// splice replaces the clusters from one index to before the other by a piece, and puts
// the cursor behind it. With hold, nothing of what is behind the piece joins it. It may
// be undone.
func (r *row) splice(from, to int, p piece, hold bool) {
	r.record(from, to, len(p.text))
	r.change(from, to, p, hold)
}

// change is splice that cannot be undone.
func (r *row) change(from, to int, p piece, hold bool) {
	begin, end, behind := r.offset(from), r.offset(to), len(r.sizes)-to
	r.work += (len(p.text) + end - begin) / bytesPerWork
	r.extra += r.blocks.extra(p.text) - r.blocks.extra(r.text[begin:end])
	r.text = slices.Replace(r.text, begin, end, p.text...)
	r.resize(from, to, p.sizes)
	r.changed = r.changed || from < to || len(p.text) > 0

	here, over := r.at, begin+len(p.text)
	limit := len(r.text)
	if hold {
		limit = over
	}
	i, at := from, begin
	if from > 0 {
		i, at = r.join(from, begin, limit)
	}
	if at <= over { // what is behind the piece still begins a cluster
		i, at = len(r.sizes)-behind, over
		if i > from && len(p.text) > 0 && !hold {
			i, at = r.join(i, over, limit)
		}
	}
	for i > 0 && at-int(r.sizes[i-1]) >= over {
		i--
		at -= int(r.sizes[i])
	}
	r.index, r.at = i, at
	r.changed = r.changed || r.at != here // a join may have carried it off
}

// join cuts the text anew from the cluster before one that begins at a place to the first
// old cut from there on that still holds, and no further than to a limit, which is one.
// It returns which cluster begins there, and where that is.
func (r *row) join(cluster, place, limit int) (i, at int) {
	first, last := cluster-1, cluster // the clusters from first to before last go
	at = place - int(r.sizes[first])
	old := place // the old cut before the cluster last
	var buf [2 * maxRipple]uint8
	fresh := buf[:0]
	for at != old {
		if at > old {
			old += int(r.sizes[last])
			last++
			continue
		}
		n := min(nextCluster(r.text[at:]), limit-at)
		if last-cluster >= maxRipple {
			n = min(n, old-at)
		}
		fresh = append(fresh, uint8(n))
		at += n
	}
	r.work += len(fresh)
	r.resize(first, last, fresh)
	return first + len(fresh), at
}

// resize replaces the sizes of the clusters from one index to before the other.
func (r *row) resize(from, to int, sizes []uint8) {
	r.sizes = slices.Replace(r.sizes, from, to, sizes...)
	if n := len(sizes) - (to - from); n > 0 {
		r.looks = slices.Insert(r.looks, to, make([]look, n)...)
	} else {
		r.looks = slices.Delete(r.looks, to+n, to)
	}
	clear(r.looks[from : from+len(sizes)])
}

// wordLeft is where the word at the cursor's left begins.
func (r *row) wordLeft() int {
	i, at := r.index, r.at
	step := func(word bool) {
		for ; i > 0 && r.index-i < maxWord; i-- {
			before := at - int(r.sizes[i-1])
			if r.inWord(i-1, before) != word {
				return
			}
			at = before
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
		for ; i < len(r.sizes) && i-r.index < maxWord && r.inWord(i, at) == word; i++ {
			at += int(r.sizes[i])
		}
	}
	step(false)
	step(true)
	return i
}

// inWord reports whether the cluster i, which begins at a place, is part of a word.
func (r *row) inWord(i, at int) bool {
	if r.looks[i]&wordKnown == 0 {
		r.work++
		r.looks[i] |= wordKnown
		if inWord(r.text[at:]) {
			r.looks[i] |= wordPart
		}
	}
	return r.looks[i]&wordPart != 0
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
