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
	clusteredText
	infos      []clusterInfo // what is known of each cluster
	blocks     blocks
	blockBytes int // how many bytes more the text says than it has, by its blocks
	cursor     int // the cursor, as an index into sizes
	cursorByte int // the cursor, as an index into text
	work       int // how many clusters were looked at

	changed     bool     // since it was drawn
	joinPending bool     // what is behind the cursor might join what is before it
	undoLog     *undoLog // nil if there is nothing to undo
	editKind    editKind
	newStep     bool // the next change is a step of its own
	scratch     [2*maxCluster + utf8.UTFMax]byte
}

// A clusterInfo is what is known of a cluster: in its lower bits how many cells it takes, 0
// where nobody has asked yet, and whether it is part of a word.
type clusterInfo uint8

const (
	cellsMask clusterInfo = 1<<6 - 1
	wordKnown clusterInfo = 1 << 6
	wordPart  clusterInfo = 1 << 7
)

const (
	// maxResegmented bounds for how many old clusters a change may move the cuts.
	// Only a long run of flags comes to more, where each flag's half would find
	// a new partner; the rest of the run then keeps its partners.
	maxResegmented = 16
	// maxWord is how many clusters the keys that go by words take for one at most.
	maxWord = 128
	// maxKeptCap is the capacity up to which an emptied row keeps its memory.
	maxKeptCap = 512
)

func (r *row) empty() bool { return len(r.text) == 0 }

// endIndex is the cursor's index behind the last cluster.
func (r *row) endIndex() int { return len(r.sizes) }

// messageLen is how many bytes the row says.
func (r *row) messageLen() int { return len(r.text) + r.blockBytes }

// moveTo puts the cursor before the cluster i, or as near as there is one.
func (r *row) moveTo(i int) {
	i = min(max(i, 0), len(r.sizes))
	if i == r.cursor {
		return
	}
	r.cursorByte = r.offset(i)
	r.cursor = i
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
	case i < r.cursor:
		return r.cursorByte - sumSizes(r.sizes[i:r.cursor])
	default:
		return r.cursorByte + sumSizes(r.sizes[r.cursor:i])
	}
}

// seek is the first cluster that begins at a place in the text or behind it, and where
// that is.
func (r *row) seek(place int) (i, at int) {
	switch {
	case place >= len(r.text):
		return len(r.sizes), len(r.text)
	case place >= r.cursorByte:
		i, at = r.cursor, r.cursorByte
	}
	for at < place {
		at += int(r.sizes[i])
		i++
	}
	return i, at
}

// moveToByte puts the cursor before the cluster that begins at a place in the text,
// or at the next.
func (r *row) moveToByte(place int) {
	r.cursor, r.cursorByte = r.seek(place)
	r.changed = true
}

// slice is what stands from one cluster to before another, until the row changes.
func (r *row) slice(from, to int) clusteredText {
	return clusteredText{r.text[r.offset(from):r.offset(to)], r.sizes[from:to]}
}

// insert puts a piece before the cursor, where its beginning may join
// the cluster there; what would make that longer than maxCluster is dropped.
func (r *row) insert(p clusteredText) {
	if n := r.excess(p.text); n > 0 {
		p = splitClusters(p.text[n:])
		r.work += len(p.sizes)
	}
	if len(p.text) > 0 {
		r.splice(r.cursor, r.cursor, p, true)
		r.joinPending = true
	}
}

// excess is the number of bytes that the text begins with and that would make
// the cluster before the cursor too long.
func (r *row) excess(text []byte) int {
	if r.cursor == 0 {
		return 0
	}
	before := r.text[r.cursorByte-int(r.sizes[r.cursor-1]) : r.cursorByte]
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

// replaceBefore replaces what stands between a place where a cluster begins and the cursor.
func (r *row) replaceBefore(from int, text []byte) {
	first, at := r.cursor, r.cursorByte
	for at > from {
		first--
		at -= int(r.sizes[first])
	}
	p := splitClusters(text)
	r.work += len(p.sizes)
	r.splice(first, r.cursor, p, true)
	r.joinPending = true
}

// isClusterStart reports whether a cluster before the cursor begins at a place in the
// text, or whether it is the cursor's.
func (r *row) isClusterStart(from int) bool {
	at := r.cursorByte
	for i := r.cursor; at > from && i > 0; i-- {
		at -= int(r.sizes[i-1])
	}
	return at == from
}

// completionText is the text with newlines in the place of blocks, as many bytes.
func (r *row) completionText() string {
	r.work += len(r.text) / bytesPerWork
	if r.blocks == nil {
		return string(r.text)
	}
	text := slices.Clone(r.text)
	for i := range text {
		if blockIndex(text[i:]) >= 0 {
			text[i], text[i+1] = '\n', '\n'
		}
	}
	return string(text)
}

// joinTyped lets what was typed join what is behind it. It belongs before any use
// of the row but insert and erase.
func (r *row) joinTyped() {
	if r.joinPending {
		r.splice(r.cursor, r.cursor, clusteredText{}, false)
		r.joinPending = false
	}
}

// remove takes the clusters from one index to before the other out of the row. Indices
// outside of the row are clamped.
func (r *row) remove(from, to int) {
	from, to = max(from, 0), min(to, len(r.sizes))
	if from < to {
		r.splice(from, to, clusteredText{}, false)
	}
}

// backspace takes out what one key has put in before the cursor: the last sign of a
// cluster in scripts where each sign is a key of its own, or else the cluster.
func (r *row) backspace() {
	if r.cursor == 0 {
		return
	}
	cluster := r.slice(r.cursor-1, r.cursor).text
	left := splitClusters(slices.Clone(cluster[:lenWithoutLastMark(cluster)]))
	r.splice(r.cursor-1, r.cursor, left, true)
	r.joinPending = true // or the cursor would go behind what joins
}

// lenWithoutLastMark is how many bytes of a cluster Backspace leaves. Letters that have no
// case are those of Thai, Hindi, Arabic, Hebrew and their like, where vowels and tones
// are typed one by one. East Asian letters and what joins them come from an input
// method as one.
func lenWithoutLastMark(cluster []byte) int {
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
	i := min(r.cursor, len(r.sizes)-1) // the right one of the two
	if i < 1 {
		return
	}
	a, b := r.slice(i-1, i), r.slice(i, i+1)
	r.splice(i-1, i+1, splitClusters(slices.Concat(b.text, a.text)), false)
}

// set replaces the whole text and puts the cursor at its end.
func (r *row) set(p clusteredText) {
	r.recordEdit(0, len(r.sizes), len(p.text))
	r.fill(p)
}

// fill makes the row hold a text and puts the cursor at its end.
func (r *row) fill(p clusteredText) {
	r.work += len(p.text) / bytesPerWork
	r.text = append(r.text[:0], p.text...)
	r.sizes = append(r.sizes[:0], p.sizes...)
	r.infos = slices.Grow(r.infos[:0], len(p.sizes))[:len(p.sizes)]
	clear(r.infos)
	r.blockBytes = r.blocks.extraLen(r.text)
	r.cursor, r.cursorByte, r.joinPending = len(r.sizes), len(r.text), false
	r.changed = true
}

// message is what the row says: its lines, without a newline at the end. Where
// something was cut out or a block ends, marks may have joined others: what makes
// a cluster too long is dropped.
func (r *row) message() string {
	text := trimClusters(slices.Clone(r.blocks.expand(r.text)))
	return string(bytes.TrimRight(text, "\n"))
}

// reset empties the row for good.
func (r *row) reset() {
	if !r.empty() {
		r.fill(clusteredText{})
	}
	if cap(r.text) > maxKeptCap {
		r.text, r.sizes, r.infos = nil, nil, nil
	}
	r.undoLog = nil
}

// splice replaces the clusters from one index to before the other by a piece, and puts
// the cursor behind it. With hold, nothing of what is behind the piece joins it. It may
// be undone.
func (r *row) splice(from, to int, p clusteredText, hold bool) {
	r.recordEdit(from, to, len(p.text))
	r.spliceWithoutUndo(from, to, p, hold)
}

// spliceWithoutUndo is splice that cannot be undone.
func (r *row) spliceWithoutUndo(from, to int, p clusteredText, hold bool) {
	begin, end, behind := r.offset(from), r.offset(to), len(r.sizes)-to
	r.work += (len(p.text) + end - begin) / bytesPerWork
	r.blockBytes += r.blocks.extraLen(p.text) - r.blocks.extraLen(r.text[begin:end])
	r.text = slices.Replace(r.text, begin, end, p.text...)
	r.resize(from, to, p.sizes)
	r.changed = r.changed || from < to || len(p.text) > 0

	here, over := r.cursorByte, begin+len(p.text)
	limit := len(r.text)
	if hold {
		limit = over
	}
	i, at := from, begin
	if from > 0 {
		i, at = r.resegment(from, begin, limit)
	}
	if at <= over { // what is behind the piece still begins a cluster
		i, at = len(r.sizes)-behind, over
		if i > from && len(p.text) > 0 && !hold {
			i, at = r.resegment(i, over, limit)
		}
	}
	for i > 0 && at-int(r.sizes[i-1]) >= over {
		i--
		at -= int(r.sizes[i])
	}
	r.cursor, r.cursorByte = i, at
	r.changed = r.changed || r.cursorByte != here // a join may have carried it off
}

// resegment cuts the text anew from the cluster before one that begins at a place to the first
// old cut from there on that still holds, and no further than to a limit, which is one.
// It returns which cluster begins there, and where that is.
func (r *row) resegment(cluster, place, limit int) (i, at int) {
	first, last := cluster-1, cluster // the clusters from first to before last go
	at = place - int(r.sizes[first])
	old := place // the old cut before the cluster last
	var buf [2 * maxResegmented]uint8
	fresh := buf[:0]
	for at != old {
		if at > old {
			old += int(r.sizes[last])
			last++
			continue
		}
		n := min(nextClusterLen(r.text[at:]), limit-at)
		if last-cluster >= maxResegmented {
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
		r.infos = slices.Insert(r.infos, to, make([]clusterInfo, n)...)
	} else {
		r.infos = slices.Delete(r.infos, to+n, to)
	}
	clear(r.infos[from : from+len(sizes)])
}

// wordLeft is where the word at the cursor's left begins.
func (r *row) wordLeft() int {
	i, at := r.cursor, r.cursorByte
	step := func(word bool) {
		for ; i > 0 && r.cursor-i < maxWord; i-- {
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
	i, at := r.cursor, r.cursorByte
	step := func(word bool) {
		for ; i < len(r.sizes) && i-r.cursor < maxWord && r.inWord(i, at) == word; i++ {
			at += int(r.sizes[i])
		}
	}
	step(false)
	step(true)
	return i
}

// inWord reports whether the cluster i, which begins at a place, is part of a word.
func (r *row) inWord(i, at int) bool {
	if r.infos[i]&wordKnown == 0 {
		r.work++
		r.infos[i] |= wordKnown
		if inWord(r.text[at:]) {
			r.infos[i] |= wordPart
		}
	}
	return r.infos[i]&wordPart != 0
}

// inWord reports whether the cluster that the text begins with is part of a
// word: a run of letters and digits, of whatever script.
func inWord(text []byte) bool {
	c, size := utf8.DecodeRune(text)
	if size == standaloneLen(text) && size > 1 {
		return true // Han
	}
	return unicode.IsLetter(c) || unicode.IsNumber(c) || unicode.IsMark(c)
}
