package terminal

import "slices"

// undoLog is what was done to a row since it was empty, to be undone.
type undoLog struct {
	steps []undoStep // the newest last
	bytes int        // of all that was removed
}

// undoStep is one change: at begin, so many bytes were put in where others were.
type undoStep struct {
	begin, inserted int
	removed         clusteredText
	at              int // the cursor before
}

const (
	maxUndoSteps = 50
	maxUndoBytes = 8 << 10
)

// editKind is how the row is being changed. Changes that follow each other in the
// same manner are one step.
type editKind uint8

const (
	editSeparate   editKind = iota // each change is a step
	editTyping                     // puts in one character behind the other
	editRecall                     // puts one line in the other's place
	editCompletion                 // puts one option in the other's place
)

// beginEdit says in which manner the next changes are made.
func (r *row) beginEdit(m editKind) {
	r.newStep = r.newStep || m == editSeparate || m != r.editKind
	r.editKind = m
}

// recordEdit notes that n bytes are about to be put in the place of the clusters from one
// index to before the other.
func (r *row) recordEdit(from, to, n int) {
	begin, end := r.offset(from), r.offset(to)
	if begin == end && n == 0 {
		return
	}
	if r.undoLog == nil {
		r.undoLog = new(undoLog)
	} else if !r.newStep && r.undoLog.extend(begin, end, n) {
		return
	}
	r.newStep = r.editKind == editSeparate
	if end-begin > maxUndoBytes {
		r.undoLog = nil
		return
	}
	r.undoLog.add(undoStep{begin, n, r.slice(from, to).clone(), r.cursorByte})
}

// extend makes a change part of the newest step, if it goes on behind that or
// takes its place.
func (u *undoLog) extend(begin, end, n int) bool {
	last := &u.steps[len(u.steps)-1]
	switch {
	case begin == end && begin == last.begin+last.inserted:
		last.inserted += n
	case begin == last.begin && end == begin+last.inserted:
		last.inserted = n
	default:
		return false
	}
	return true
}

// add puts in a step. The oldest give way to it.
func (u *undoLog) add(s undoStep) {
	u.steps = append(u.steps, s)
	u.bytes += len(s.removed.text)
	n := 0
	for len(u.steps)-n > maxUndoSteps || u.bytes > maxUndoBytes {
		u.bytes -= len(u.steps[n].removed.text)
		n++
	}
	u.steps = slices.Delete(u.steps, 0, n)
}

// undo takes back the newest step.
func (r *row) undo() {
	if r.undoLog == nil {
		return
	}
	p := r.undoLog
	s := p.steps[len(p.steps)-1]
	p.steps = p.steps[:len(p.steps)-1]
	p.bytes -= len(s.removed.text)
	if len(p.steps) == 0 {
		r.undoLog = nil
	}
	r.revert(s)
	r.moveToByte(s.at)
}

// revert puts back what a step has removed. Where what it put in has joined what is
// around it, that is cut anew.
func (r *row) revert(s undoStep) {
	from, begin := r.seek(s.begin)
	if begin > s.begin {
		from--
		begin -= int(r.sizes[from])
	}
	to, end := r.seek(s.begin + s.inserted)
	p := s.removed
	if begin < s.begin || end > s.begin+s.inserted {
		p = splitClusters(slices.Concat(r.text[begin:s.begin], p.text, r.text[s.begin+s.inserted:end]))
		r.work += len(p.sizes)
	}
	r.spliceWithoutUndo(from, to, p, false)
}

// removedTexts are the texts that were removed.
func (u *undoLog) removedTexts() [][]byte {
	if u == nil {
		return nil
	}
	var texts [][]byte
	for _, s := range u.steps {
		texts = append(texts, s.removed.text)
	}
	return texts
}
