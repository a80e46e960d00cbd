// Command picture makes the pictures of the terminal that the README shows,
// docs/room.svg and docs/room-zh.svg. Run it where go.mod is:
//
//	go run ./internal/picture
//
// It needs go, ssh, ssh-keygen and tmux, and takes some seconds. Nothing in the
// pictures is drawn by hand: a teahouse is started, three people with stock ssh
// come in, and what they type is in [talks]. So a picture cannot show what the
// house does not do, and when the house changes, the pictures are made anew
// instead of mended:
//
//	talk ─▶ tmux ─▶ ssh ─▶ teahouse
//	         │
//	         └ capture-pane -e ─▶ read ─▶ pieces ─▶ draw ─▶ SVG
//
// # Why SVG made of text
//
// It is sharp on every screen, small, and a diff shows what changed. GitHub
// shows it as an image: scripts do not run there, and fonts are not fetched. So
// there are none, and the font is whatever fixed one the reader has. As those
// differ in width, and hardly any has Chinese characters of exactly two cells,
// each word and each wide character is told in which cell it begins.
//
// # What is the same each time
//
// All but the times, so that a diff is about the house. The colour of a name
// comes from its key; keys are made until one has the colour that is wanted,
// and are thrown away with everything else in the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	// tmux's server would outlive ^C: what was started is ended first.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	for _, name := range []string{"go", "ssh", "ssh-keygen", "tmux"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s is missing: install it, it takes part in the pictures", name)
		}
	}
	if _, err := os.Stat("internal/picture"); err != nil {
		return errors.New("there is no internal/picture here: run it where go.mod is")
	}
	// Not os.TempDir: the path of a socket may have some 100 bytes, and macOS
	// uses half of them up.
	dir, err := os.MkdirTemp("/tmp", "picture")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	program := filepath.Join(dir, "teahouse")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/teahouse").CombinedOutput(); err != nil {
		return fmt.Errorf("go build ./cmd/teahouse: %w\n%s", err, out)
	}
	for _, t := range scenarios {
		if err := t.writePicture(ctx, program, filepath.Join(dir, t.file)); err != nil {
			return fmt.Errorf("%s: %w", t.file, err)
		}
	}
	return nil
}

// writePicture has the talk happen in a house of its own, and writes the picture.
func (sc *scenario) writePicture(ctx context.Context, program, dir string) error {
	h, err := startServer(program, dir)
	if err != nil {
		return err
	}
	defer h.close()
	s, err := h.run(ctx, sc)
	if err != nil {
		return err
	}
	view, err := s.capture()
	if err != nil {
		return err
	}
	file := filepath.Join("docs", sc.file)
	if err := os.WriteFile(file, drawSVG(view, sc.lang, sc.title), 0o644); err != nil {
		return err
	}
	fmt.Println("made", file)
	return nil
}
