package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"teahouse/internal/cli"
	"teahouse/internal/duration"
	"teahouse/keys"
)

// printConfig writes the values in force as a configuration file, and where each of them comes
// from. They have been validated by now, except for the key files, which it reads: without an
// error, a server can reload all of it.
func printConfig(c config, args []string, w io.Writer) error {
	from, err := findOrigins(c, args)
	if err != nil {
		return err
	}
	values, err := c.parser()
	if err != nil {
		return err
	}
	document := yaml.Node{Kind: yaml.MappingNode}
	for _, flag := range values.Model.Flags {
		if cli.AllowedInFile(flag) {
			value := flagNode(flag)
			value.LineComment = from.of(flag)
			document.Content = append(document.Content, scalarNode(flag.Name), value)
		}
	}
	text, err := yaml.Marshal(&document)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	for _, file := range []struct{ flag, path string }{{"--operators", c.Operators}, {"--allow", c.Allow}} {
		if file.path == "" {
			continue
		}
		if _, err := keys.ReadList(file.path); err != nil {
			return fmt.Errorf("%s: %w", file.flag, err)
		}
	}
	return nil
}

// flagOrigins are the places that values can come from, besides the environment.
type flagOrigins struct {
	commandLine map[string]bool // names of flags on the command line
	file        *cli.ConfigFile
	path        string // of the file
}

func findOrigins(c config, args []string) (o flagOrigins, err error) {
	parser, err := new(config).parser()
	if err != nil {
		return o, err
	}
	trace, err := kong.Trace(parser, args)
	if err != nil {
		return o, err
	}
	o = flagOrigins{commandLine: map[string]bool{}, file: &cli.ConfigFile{}, path: c.Config}
	for _, step := range trace.Path {
		if step.Flag != nil {
			o.commandLine[step.Flag.Name] = true
		}
	}
	if c.Config != "" {
		o.file, err = cli.ReadConfigFile(c.Config)
	}
	return o, err
}

// of says where the value of a flag comes from.
func (o flagOrigins) of(flag *kong.Flag) string {
	if o.commandLine[flag.Name] {
		return "command line"
	}
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return name
		}
	}
	if line, ok := o.file.Find(flag.Name); ok {
		return fmt.Sprintf("%s, line %d", o.path, line)
	}
	return "default"
}

// flagNode returns the value of a flag as it appears in a configuration file.
func flagNode(flag *kong.Flag) *yaml.Node {
	switch value := flag.Target.Interface().(type) {
	case []string:
		return listNode(value)
	case []balancerNet:
		if len(value) == 0 {
			return scalarNode("") // an empty list is not valid in a file
		}
		networks := make([]string, len(value))
		for i, n := range value {
			networks[i] = n.String()
		}
		return listNode(networks)
	case advertisedAddr:
		return scalarNode(value.Address)
	case time.Duration:
		return scalarNode(duration.Format(value))
	case string:
		if flag.Name == "nats" {
			value = redactURLs(value)
		}
		return scalarNode(value)
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(value)}
	}
}

func scalarNode(value string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(value)
	return n
}

func listNode(values []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, value := range values {
		n.Content = append(n.Content, scalarNode(value))
	}
	return n
}

// redactURLs returns comma-separated URLs without passwords and user names, because a user name
// may be a token.
func redactURLs(urls string) string {
	if urls == "" {
		return ""
	}
	var shown []string
	for raw := range strings.SplitSeq(urls, ",") {
		u, err := url.Parse(strings.TrimSpace(raw))
		if err != nil {
			continue // they have been validated
		}
		if u.User != nil {
			u.User = url.User("xxxxx")
		}
		shown = append(shown, u.String())
	}
	return strings.Join(shown, ",")
}
