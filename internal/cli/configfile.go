package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// maxConfigSize is more than any configuration file takes.
const maxConfigSize = 1 << 20

// A ConfigFile is the content of a configuration file: names of flags, each with a value. It is a
// kong resolver, for flags that are neither on the command line nor in the environment.
type ConfigFile struct {
	path     string
	settings []setting // in the order of the file
}

// A setting is one name in the file.
type setting struct {
	name  string
	line  int
	value any // a string or, for a flag that may be repeated, []any of strings
}

// ReadConfigFile reads a file, which must exist. It does not open anything but regular files:
// opening a pipe would wait for a writer.
func ReadConfigFile(path string) (*ConfigFile, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxConfigSize+1))
	switch {
	case err != nil:
		return nil, err
	case len(content) > maxConfigSize:
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxConfigSize)
	}
	return parseConfigFile(path, content)
}

// parseConfigFile parses the content of a file: one YAML document of names and values. Errors
// begin with the path and name the line.
func parseConfigFile(path string, content []byte) (*ConfigFile, error) {
	f := &ConfigFile{path: path}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return f, nil // empty, or only comments
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: there is a second document in it, after a line of ---; keep one", path)
	}
	root := document.Content[0]
	switch {
	case root.Kind == yaml.ScalarNode && root.Tag == "!!null":
		return f, nil
	case root.Kind != yaml.MappingNode:
		return nil, f.errorAt(root.Line, "write each flag as NAME: VALUE, such as history: 5000")
	}
	for pair := range slices.Chunk(root.Content, 2) {
		if err := f.add(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// add adds a name and its value.
func (f *ConfigFile) add(key, value *yaml.Node) error {
	if key.Kind != yaml.ScalarNode {
		return f.errorAt(key.Line, "this is not the name of a flag")
	}
	if before := f.index(key.Value); before >= 0 {
		return f.errorAt(key.Line, "%s is here a second time, after line %d; take one out", key.Value, f.settings[before].line)
	}
	s := setting{name: key.Value, line: key.Line}
	switch {
	case value.Kind == yaml.SequenceNode && len(value.Content) > 0:
		list := make([]any, len(value.Content))
		for i, node := range value.Content {
			text, err := f.scalar(key, node)
			if err != nil {
				return err
			}
			list[i] = text
		}
		s.value = list
	default:
		text, err := f.scalar(key, value)
		if err != nil {
			return err
		}
		s.value = text
	}
	f.settings = append(f.settings, s)
	return nil
}

// scalar returns a value as it would be on the command line.
func (f *ConfigFile) scalar(key, value *yaml.Node) (string, error) {
	switch {
	case value.Kind != yaml.ScalarNode:
		return "", f.errorAt(value.Line, "%s takes a plain value, or a list of them where it may be repeated", key.Value)
	case value.Tag == "!!null":
		return "", f.errorAt(value.Line, `%s has no value; write "" for none`, key.Value)
	}
	return value.Value, nil
}

// errorAt returns an error about a line.
func (f *ConfigFile) errorAt(line int, format string, args ...any) error {
	return fmt.Errorf("%s: line %d: %s", f.path, line, fmt.Sprintf(format, args...))
}

// AllowedInFile reports whether a flag may be set in a configuration file.
func AllowedInFile(f *kong.Flag) bool {
	return f.Name != "help" && f.Name != "version" && f.Name != "config"
}

// Validate implements [kong.Resolver]. It does nothing, because kong would call it too late:
// Check has validated the file.
func (f *ConfigFile) Validate(*kong.Application) error { return nil }

// Resolve returns the file's value of a flag, or nil if it has none or the environment takes
// precedence.
func (f *ConfigFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return nil, nil
		}
	}
	if i := f.index(flag.Name); i >= 0 {
		return f.settings[i].value, nil
	}
	return nil, nil
}

// Find returns the line of the file that sets a flag.
func (f *ConfigFile) Find(name string) (line int, ok bool) {
	i := f.index(name)
	if i < 0 {
		return 0, false
	}
	return f.settings[i].line, true
}

// index returns the index of the setting with this name, or -1.
func (f *ConfigFile) index(name string) int {
	return slices.IndexFunc(f.settings, func(s setting) bool { return s.name == name })
}

// Check checks the file against the flags, including values that the command line or the
// environment overrides.
func (f *ConfigFile) Check(flags []*kong.Flag) error {
	for _, s := range f.settings {
		i := slices.IndexFunc(flags, func(flag *kong.Flag) bool { return flag.Name == s.name && AllowedInFile(flag) })
		if i < 0 {
			return f.errorAt(s.line, "there is no flag --%s that can be set here; teahouse --help lists them", s.name)
		}
		if err := s.check(*flags[i].Value); err != nil {
			return f.errorAt(s.line, "%v", err)
		}
	}
	return nil
}

// check returns an error if the flag cannot have the value. The flag is a copy, because parsing a
// value changes it.
func (s setting) check(flag kong.Value) error {
	if _, ok := s.value.([]any); ok && !takesList(flag) {
		return fmt.Errorf("--%s takes one value, not a list", s.name)
	}
	value := reflect.New(flag.Target.Type()).Elem()
	if err := flag.Parse(kong.Scan().PushTyped(s.value, kong.FlagValueToken), value); err != nil {
		return err
	}
	if flag.Enum != "" && !flag.EnumMap()[fmt.Sprint(value.Interface())] {
		return fmt.Errorf("%s must be one of %q, not %q", s.name, flag.EnumSlice(), s.value)
	}
	return nil
}
