// Command picture makes the README's pictures of the terminal, docs/room.svg and
// docs/room-zh.svg. Run it in the directory of go.mod:
//
//	go run ./internal/picture
//
// It needs go, ssh, ssh-keygen and tmux, and takes some seconds. Nothing in the pictures is drawn
// by hand: it starts a teahouse server, three users connect with stock ssh, and what they type is
// in [scenarios]. So a picture cannot show what the server does not do, and when the server
// changes, the pictures are made again instead of edited:
//
//	scenario ─▶ tmux ─▶ ssh ─▶ teahouse
//	             │
//	             └ capture-pane -e ─▶ parseScreen ─▶ text runs ─▶ drawSVG
//
// # Why SVG with text
//
// SVG is sharp on every screen and small, and a diff shows what changed. GitHub shows it as an
// image: it runs no scripts and fetches no fonts. So there are none, and the font is whatever
// monospaced font the reader has. These fonts differ in width, and hardly any has Chinese
// characters of exactly two cells, so each word and each wide character is positioned at the cell
// where it begins.
//
// # What stays the same
//
// Everything but the times stays the same, so that a diff shows changes of the server. The colour
// of a name depends on the user's key; keys are made until one has the desired colour, and are
// thrown away at the end.
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
	// On ^C too, everything that was started must be stopped: tmux's server would outlive it.
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
	// Not os.TempDir: a socket's path is limited to about 100 bytes, and macOS uses half of them
	// for that.
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

// writePicture plays the scenario on a server of its own, and writes the picture.
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
