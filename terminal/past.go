package terminal

import "slices"

// past is what was done to a row since it was empty, to be undone.
type past struct {
	steps []step // the newest last
	bytes int    // of all that was removed
}

// step is one change: at begin, so many bytes were put in where others were.
type step struct {
	begin, inserted int
	removed         piece
	at              int // the cursor before
}

const (
	maxSteps     = 50
	maxPastBytes = 8 << 10
)

// manner is how the row is being changed. Changes that follow each other in the
// same manner are one step.
type manner uint8

const (
	apart      manner = iota // each change is a step
	typing                   // puts in one character behind the other
	recalling                // puts one line in the other's place
	completing               // puts one option in the other's place
)

// as says in which manner the next changes are made.
func (r *row) as(m manner) {
	r.fresh = r.fresh || m == apart || m != r.manner
	r.manner = m
}

// record notes that n bytes are about to be put in the place of the clusters from one
// index to before the other.
func (r *row) record(from, to, n int) {
	begin, end := r.offset(from), r.offset(to)
	if begin == end && n == 0 {
		return
	}
	if r.past == nil {
		r.past = new(past)
	} else if !r.fresh && r.past.extend(begin, end, n) {
		return
	}
	r.fresh = r.manner == apart
	if end-begin > maxPastBytes {
		r.past = nil
		return
	}
	r.past.add(step{begin, n, r.part(from, to).clone(), r.at})
}

// extend makes a change part of the newest step, if it goes on behind that or
// takes its place.
func (p *past) extend(begin, end, n int) bool {
	last := &p.steps[len(p.steps)-1]
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
func (p *past) add(s step) {
	p.steps = append(p.steps, s)
	p.bytes += len(s.removed.text)
	n := 0
	for len(p.steps)-n > maxSteps || p.bytes > maxPastBytes {
		p.bytes -= len(p.steps[n].removed.text)
		n++
	}
	p.steps = slices.Delete(p.steps, 0, n)
}

// undo takes back the newest step.
func (r *row) undo() {
	if r.past == nil {
		return
	}
	p := r.past
	s := p.steps[len(p.steps)-1]
	p.steps = p.steps[:len(p.steps)-1]
	p.bytes -= len(s.removed.text)
	if len(p.steps) == 0 {
		r.past = nil
	}
	r.restore(s)
	r.goTo(s.at)
}

// restore puts back what a step has removed. Where what it put in has joined what is
// around it, that is cut anew.
func (r *row) restore(s step) {
	from, begin := r.seek(s.begin)
	if begin > s.begin {
		from--
		begin -= int(r.sizes[from])
	}
	to, end := r.seek(s.begin + s.inserted)
	p := s.removed
	if begin < s.begin || end > s.begin+s.inserted {
		p = cutUp(slices.Concat(r.text[begin:s.begin], p.text, r.text[s.begin+s.inserted:end]))
		r.work += len(p.sizes)
	}
	r.change(from, to, p, false)
}

// texts are the texts that were removed.
func (p *past) texts() [][]byte {
	if p == nil {
		return nil
	}
	var texts [][]byte
	for _, s := range p.steps {
		texts = append(texts, s.removed.text)
	}
	return texts
}
