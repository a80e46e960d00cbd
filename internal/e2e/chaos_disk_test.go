//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// A disk holds a NATS server's files. For root it is a file system in a file on a small disk in
// memory. It can be full; and if the disk below is full, writes fail with an input/output error, as
// on a dying disk.
type disk struct {
	t     *testing.T
	dir   string
	below string // "" for an ordinary directory
}

const (
	// diskSize is the nominal size of the file system, and belowSize that of the disk below.
	diskSize  = 96 << 20
	belowSize = "160m"
)

func newDisk(t *testing.T) *disk {
	t.Helper()
	below, err := mountDisk(t, belowSize)
	if err != nil {
		return &disk{t: t, dir: t.TempDir()}
	}
	d := &disk{t: t, dir: t.TempDir(), below: below}
	if err := d.mount(); err != nil {
		t.Logf("cannot mount a file: %v", err)
		d.below = ""
		return d
	}
	t.Cleanup(func() {
		if err := unmount(d.dir); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *disk) image() string { return filepath.Join(d.below, "image") }

// mount makes an empty file system and mounts it.
func (d *disk) mount() error {
	f, err := os.Create(d.image())
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(diskSize); err != nil {
		return err
	}
	if out, err := exec.Command("mkfs.ext4", "-q", d.image()).CombinedOutput(); err != nil {
		return fmt.Errorf("mkfs.ext4: %w: %s", err, out)
	}
	if out, err := exec.Command("mount", "-o", "loop", d.image(), d.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("mount: %w: %s", err, out)
	}
	return nil
}

// fill takes all space on the disk.
func (d *disk) fill() { fillDisk(d.t, d.dir) }

// free frees it again.
func (d *disk) free() error { return os.Remove(filepath.Join(d.dir, "ballast")) }

// fail makes all writes fail.
func (d *disk) fail() { fillDisk(d.t, d.below) }

// replace replaces the disk by an empty one. No process may use it.
func (d *disk) replace() error {
	if d.below == "" {
		return os.RemoveAll(filepath.Join(d.dir, storeName))
	}
	if err := unmount(d.dir); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(d.below, "ballast")); err != nil {
		return err
	}
	if err := os.Truncate(d.image(), 0); err != nil { // it may still be in use for a while
		return err
	}
	if err := os.Remove(d.image()); err != nil {
		return err
	}
	return d.mount()
}

// storeName is the directory of a NATS server on its disk.
const storeName = "store"

// fillServerDisk fills a server's disk for a while. Then it frees the space, and starts the server
// again.
func (c *chaos) fillServerDisk(j int) (begin, end func()) {
	d, p := c.disks[j], c.natsProcs[j]
	if d.below == "" {
		return c.failServerWrites(j)
	}
	return d.fill, func() {
		if err := d.free(); err != nil {
			c.note("%s: %v", p.name, err)
		}
		p.signal(syscall.SIGTERM)
	}
}

// failServerWrites makes all of a server's writes to files fail for a while. Then it starts the
// server again.
func (c *chaos) failServerWrites(j int) (begin, end func()) {
	p := c.natsProcs[j]
	return func() { c.limitFiles(p, true) }, func() {
		c.limitFiles(p, false)
		p.signal(syscall.SIGTERM)
	}
}

// breakServerDisk breaks a server's disk. After a while it replaces the disk, and starts the server
// on it, as docs/operating.md says.
func (c *chaos) breakServerDisk(j int) (begin, end func()) {
	d, p := c.disks[j], c.natsProcs[j]
	begin = d.fail
	if d.below == "" {
		begin, _ = c.failServerWrites(j)
	}
	return begin, func() {
		p.signal(syscall.SIGKILL)
		eventually(c.t, p.name+" has ended", p.current().hasExited)
		if err := d.replace(); err != nil {
			c.t.Errorf("the disk of %s is not replaced: %v", p.name, err)
		}
	}
}
