package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// completionScript writes the completion script for a shell, and returns its path and an env
// command that lets the shell find teahouse.
func completionScript(t *testing.T, shell string) (script string, env []string) {
	t.Helper()
	script = filepath.Join(t.TempDir(), "completion")
	r := runClient(t, []string{program("teahouse"), "completion", shell})
	if r.code != 0 || r.out == "" {
		t.Fatalf("teahouse completion bash: exit code %d, %s", r.code, r.err)
	}
	if err := os.WriteFile(script, []byte(r.out), 0o600); err != nil {
		t.Fatal(err)
	}
	return script, []string{"env", "PATH=" + programs + ":" + os.Getenv("PATH"), "PS1=ready> ", "ZDOTDIR=" + t.TempDir()}
}

// pressTab makes a shell complete at its prompt.
func (s *screen) pressTab() {
	s.t.Helper()
	s.waitPrompt() // input before that would show twice
	for _, typed := range []struct{ begun, shows string }{
		{"teahouse --hist", "teahouse --history"},
		{"teahouse --log-f", "teahouse --log-format"},
		{"teahouse --log-level w", "teahouse --log-level warn"},
		{"teahouse backup --d", "teahouse backup --data"},
		{"teahouse comp", "teahouse completion"},
		{"teahouse completion f", "teahouse completion fish"},
	} {
		s.typeText(typed.begun)
		s.pressKeys("Tab")
		s.expect(typed.shows)
		s.clearLine()
	}
}

// clearLine empties the line at a shell's prompt.
func (s *screen) clearLine() {
	s.t.Helper()
	s.pressKeys("C-u")
	s.waitPrompt()
}

// waitPrompt waits until the cursor's line contains only the shell's prompt.
func (s *screen) waitPrompt() {
	s.t.Helper()
	eventually(s.t, "the shell's line is empty again", func() bool {
		row, _ := s.row()
		return row == "ready>"
	})
}

// Protects operators' wrists: the shell completes flags, their values, and commands.
func TestCompletionInBash(t *testing.T) {
	skipRace(t)
	t.Parallel()
	requirePrograms(t, "bash")
	script, env := completionScript(t, "bash")
	s := openScreen(t, append(env, "bash", "--norc", "--noprofile")...)
	s.expect("ready> ")
	s.enterLine("source " + script)
	s.pressTab()
	s.typeText("teahouse --hist")
	s.pressKeys("Tab", "Tab", "Tab")
	s.expect("--history        --history-age    --history-bytes")
}

// Protects users of another shell in the same way. Most machines lack it, so even CI may do
// without.
func TestCompletionInZsh(t *testing.T) {
	skipRace(t)
	t.Parallel()
	if _, err := exec.LookPath("zsh"); err != nil {
		t.Skip("zsh is not installed")
	}
	script, env := completionScript(t, "zsh")
	s := openScreen(t, append(env, "zsh", "-f")...)
	s.expect("ready> ")
	s.enterLine("autoload -U compinit && compinit -u -D && source " + script)
	s.pressTab()
}

// Fish lists its completions without a prompt. If teahouse offers nothing, it lists files.
func TestCompletionInFish(t *testing.T) {
	skipRace(t)
	t.Parallel()
	if _, err := exec.LookPath("fish"); err != nil {
		t.Skip("fish is not installed")
	}
	script, env := completionScript(t, "fish")
	for typed, want := range map[string]string{
		"teahouse --hist":        "--history\n--history-age\n--history-bytes\n",
		"teahouse --log-level w": "warn\n",
		"teahouse restore --met": "--metrics\n",
		"teahouse heal":          "health\n",
		"teahouse backup " + strings.TrimSuffix(script, "tion"): script + "\n",
	} {
		runClient(t, append(env, "fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, typed)).check(t, 0, want, "")
	}
}
