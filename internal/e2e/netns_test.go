package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// netnsScript divides this machine into several: each has its own network, connected to the
// others', and its own disk, an overlay of this machine's. It runs in namespaces that end with it;
// its directory is $1, and the other arguments name the machines.
const netnsScript = `
mount -t tmpfs -o size=2g tmpfs "$1"
cd "$1"
shift
ip link add bridge type bridge
ip link set bridge up
n=0 hosts=
for name; do
  mkdir -p "$name/upper" "$name/work" "$name/root"
  mount -t overlay -o "lowerdir=/,upperdir=$name/upper,workdir=$name/work" overlay "$name/root"
  for empty in tmp run root etc/ssh; do mount -t tmpfs tmpfs "$name/root/$empty"; done
  mount -t proc proc "$name/root/proc"
  mount --rbind /dev "$name/root/dev"

  unshare --net sleep infinity &
  echo $! >"$name/pid"
  while [ "$(readlink "/proc/$!/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
  n=$((n + 1))
  ip link add "to-$n" type veth peer name eth0 netns $!
  ip link set "to-$n" master bridge up
  nsenter --target $! --net sh -c "ip link set lo up; ip address add 10.0.0.$n/24 dev eth0; ip link set eth0 up"
  hosts="$hosts
10.0.0.$n $name"
done
for name; do echo "127.0.0.1 localhost$hosts" >"$name/root/etc/hosts"; done
echo ready
while read -r; do :; done # and take in who has lost its parent
`

// A netnsMachine is a machine made by netnsScript, with a root shell.
type netnsMachine struct {
	*client
	name string
	root string // its disk, as seen from here
	runs int    // number of commands that its shell has run
}

// startMachines starts machines. Only root can.
func startMachines(t *testing.T, names ...string) map[string]*netnsMachine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make machines")
	}
	requirePrograms(t, "unshare", "nsenter", "ip", "setpriv")
	dir, script := t.TempDir(), filepath.Join(t.TempDir(), "world")
	if err := os.WriteFile(script, []byte(netnsScript), 0o600); err != nil {
		t.Fatal(err)
	}
	world := launch(t, withCommand([]string{"unshare", "--mount", "--net", "--pid", "--mount-proc", "--fork", "--kill-child", "bash", "-eu", script, dir}, names...)...)
	eventually(t, "the machines are up", func() bool { return world.hasExited() || strings.Contains(world.out.String(), "ready\n") })
	if world.hasExited() && os.Getenv("CI") != "true" {
		t.Skip("machines cannot be made here") // as in a container
	}
	if world.hasExited() {
		t.Fatal("the machines could not be started")
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", world.process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	first := strings.TrimSpace(string(children))
	machines := map[string]*netnsMachine{}
	for _, name := range names {
		at := filepath.Join(dir, name)
		m := &netnsMachine{name: name, root: filepath.Join("/proc", first, "root", at, "root")}
		m.client = launch(t, "nsenter", "--target", first, "--mount", "--pid", "sh", "-c",
			`exec nsenter --target "$(cat "$0/pid")" --net chroot "$0/root" env -i PATH="$PATH" HOME=/root LANG=C.UTF-8 TERM=dumb bash`, at)
		m.mustRun("cd")
		machines[name] = m
	}
	return machines
}

// run runs a command, of one line, in the shell, and returns its output and exit code.
func (m *netnsMachine) run(command string) (out string, code int) {
	m.t.Helper()
	m.runs++
	before, end := len(m.out.String()), fmt.Sprintf(" of command %d\n", m.runs)
	m.sendLines("{ "+command, "} </dev/null 2>&1", fmt.Sprintf(`printf '\n%%s of command %d\n' $?`, m.runs))
	eventually(m.t, m.name+" runs "+command, func() bool { return m.hasExited() || strings.HasSuffix(m.out.String(), end) })
	out = strings.TrimSuffix(m.out.String()[before:], end)
	last := strings.LastIndexByte(out, '\n')
	if _, err := fmt.Sscan(out[last+1:], &code); err != nil {
		m.t.Fatalf("%s has lost its shell: %q", m.name, out)
	}
	return out[:last], code
}

// mustRun is run for commands that must succeed. It returns the trimmed output.
func (m *netnsMachine) mustRun(command string) string {
	m.t.Helper()
	out, code := m.run(command)
	if code != 0 {
		m.t.Fatalf("%s: %s: exit code %d, %s", m.name, command, code, out)
	}
	return strings.TrimSpace(out)
}

// writeFile writes a file on the machine.
func (m *netnsMachine) writeFile(path, text string, mode os.FileMode) {
	m.t.Helper()
	path = filepath.Join(m.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

// runSelfAs runs the test program on the machine under another name, as the server that a variable
// selects.
func (m *netnsMachine) runSelfAs(name, variable string, port int) {
	m.t.Helper()
	self, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		m.t.Fatal(err)
	}
	m.writeFile("/usr/local/bin/"+name, string(program), 0o755)
	m.mustRun(fmt.Sprintf("%s %s >/dev/null 2>&1 & until (exec 3<>/dev/tcp/127.0.0.1/%d) 2>/dev/null; do sleep 0.02; done", variable, name, port))
}
