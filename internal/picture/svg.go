package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// Sizes in SVG units, which are pixels unless the picture is scaled.
const (
	fontSize   = 14
	cellWidth  = 8.4 // 0.6 of the font size, as in most monospaced fonts
	lineHeight = 19
	ascent     = 14 // from the top of a line to the baseline
	margin     = 16
	titleBar   = 30 // height of the title bar
)

const (
	background = "#1c1b1a"
	foreground = "#d8d4c8"
	border     = "#45423d" // shows where the window ends even on a dark page
)

// fonts lists those first whose characters are 0.6 wide.
const fonts = "Menlo, 'DejaVu Sans Mono', 'Liberation Mono', 'Cascadia Mono', Consolas, 'Noto Sans Mono CJK SC', 'PingFang SC', 'Microsoft YaHei', monospace"

// drawSVG returns the picture of a window.
func drawSVG(v *screenView, lang, title string) []byte {
	for len(v.lines) > v.y+1 && len(v.lines[len(v.lines)-1]) == 0 {
		v.lines = v.lines[:len(v.lines)-1]
	}
	var b bytes.Buffer
	width := int(2*margin + windowColumns*cellWidth)
	height := titleBar + len(v.lines)*lineHeight + margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img" aria-labelledby="title desc" lang="%[3]s" xml:lang="%[3]s">`+"\n",
		width, height, lang)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", escapeXML(title), escapeXML(v.text()))
	fmt.Fprintf(&b, `<rect x="0.5" y="0.5" width="%d" height="%d" rx="9" fill="%s" stroke="%s"/>`+"\n", width-1, height-1, background, border)
	for i, colour := range []int{1, 3, 2} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="16" r="5" fill="%s"/>`+"\n", 20+18*i, palette[colour])
	}
	fmt.Fprintf(&b, `<g font-family="%s" font-size="%d" fill="%s">`+"\n", fonts, fontSize, foreground)
	fmt.Fprintf(&b, `<rect x="%s" y="%d" width="%.1f" height="%d" opacity="0.7"/>`+"\n", cellX(v.x), titleBar+v.y*lineHeight, cellWidth, lineHeight-2)
	for y, pieces := range v.lines {
		drawLine(&b, titleBar+y*lineHeight, pieces)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// drawLine draws a line whose top is at y.
func drawLine(b *bytes.Buffer, y int, pieces []textRun) {
	drawBackgrounds(b, y, pieces)
	var text strings.Builder
	for _, p := range pieces {
		if strings.TrimSpace(p.text) == "" && !p.style.underline {
			continue
		}
		fmt.Fprintf(&text, `<tspan x="%s"%s>%s</tspan>`, cellX(p.x), p.style.attributes(), escapeXML(p.text))
	}
	if text.Len() > 0 {
		fmt.Fprintf(b, `<text y="%d" xml:space="preserve">%s</text>`+"\n", y+ascent, &text)
	}
}

// drawBackgrounds draws what is behind the text of a line. Neighbours of one colour share a
// rectangle, or there would be seams.
func drawBackgrounds(b *bytes.Buffer, y int, pieces []textRun) {
	for i := 0; i < len(pieces); {
		_, back := pieces[i].style.colours()
		first, cells := pieces[i].x, 0
		for i < len(pieces) {
			if _, next := pieces[i].style.colours(); next != back {
				break
			}
			cells += pieces[i].cells
			i++
		}
		if back != "" {
			fmt.Fprintf(b, `<rect x="%s" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", cellX(first), y, float64(cells)*cellWidth, lineHeight, back)
		}
	}
}

// cellX returns the x coordinate of a cell.
func cellX(x int) string { return fmt.Sprintf("%.1f", margin+float64(x)*cellWidth) }

// colours returns the colours to draw with; "" means that nothing needs to be drawn.
func (s textStyle) colours() (fore, back string) {
	if !s.reverse {
		return s.fg, s.bg
	}
	fore, back = s.bg, s.fg
	if fore == "" {
		fore = background
	}
	if back == "" {
		back = foreground
	}
	return fore, back
}

// attributes returns a tspan's attributes for the style.
func (s textStyle) attributes() string {
	fore, _ := s.colours()
	var b strings.Builder
	set := func(on bool, name, value string) {
		if on {
			fmt.Fprintf(&b, ` %s="%s"`, name, value)
		}
	}
	set(fore != "", "fill", fore)
	set(s.bold, "font-weight", "bold")
	set(s.faint, "fill-opacity", "0.75")
	set(s.italic, "font-style", "italic")
	set(s.underline, "text-decoration", "underline")
	return b.String()
}

// text returns the lines as plain text, for screen readers.
func (v *screenView) text() string {
	var lines []string
	for _, pieces := range v.lines {
		var line strings.Builder
		for _, p := range pieces {
			line.WriteString(p.text)
		}
		if text := strings.TrimRight(line.String(), " "); text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "\n")
}

// escapeXML keeps newlines, which xml.EscapeText alone writes as &#xA;.
func escapeXML(s string) string {
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		xml.EscapeText(&b, []byte(line)) // a Builder does not fail
	}
	return b.String()
}
