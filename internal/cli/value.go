package cli

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"teahouse/internal/duration"
)

// Mappers make kong parse numbers and durations so that errors are understandable, and
// durations may be in days and weeks.
func Mappers() []kong.Option {
	return []kong.Option{
		kong.KindMapper(reflect.Int, mapperOf(strconv.Atoi, "whole number such as 5000")),
		kong.KindMapper(reflect.Float64, mapperOf(parseNumber, "number such as 2 or 0.5")),
		kong.NamedMapper(listType, kong.MapperFunc(readList)),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), mapperOf(duration.Parse, "time such as 90s, 12h, 30d or 4w")),
	}
}

// listType is the type of a flag that takes several values, as a list or repeated, and stores
// them as one string, separated by commas.
const listType = "list"

// readList parses values of listType.
func readList(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	var values []string
	if before := target.String(); before != "" {
		values = []string{before}
	}
	list, ok := token.Value.([]any)
	if !ok {
		list = []any{token.Value}
	}
	for _, value := range list {
		values = append(values, fmt.Sprint(value))
	}
	target.SetString(strings.Join(values, ","))
	return nil
}

// takesList reports whether a flag takes several values.
func takesList(flag kong.Value) bool {
	return flag.IsSlice() || flag.Tag.Type == listType
}

// mapperOf returns a mapper that parses a value. Right describes a valid one, for the error.
func mapperOf[T any](parse func(string) (T, error), right string) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		token := ctx.Scan.Pop()
		if token.IsEOL() {
			return errors.New("a value is missing")
		}
		value, err := parse(token.String()) // of a negative one, too, which kong takes for a flag
		if err != nil {
			return fmt.Errorf("%q is no %s", token.String(), right)
		}
		target.Set(reflect.ValueOf(value))
		return nil
	}
}

// parseNumber parses a finite number.
func parseNumber(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
		err = strconv.ErrRange
	}
	return n, err
}

// UserMessage returns an error's message without what only programmers understand: package names,
// and kong's own terms.
func UserMessage(err error) string {
	return strings.NewReplacer(
		"(from envar ", "(in the environment: ",
		`missing value, expecting "<arg>,..."`, "a value is missing",
		`expected string value but got "EOL" (<EOL>)`, "a value is missing",
	).Replace(packagePrefixes.ReplaceAllString(err.Error(), "$1"))
}

// packagePrefixes matches package names at the beginning of an error, or of an error within it.
// Elsewhere they may be file names.
var packagePrefixes = regexp.MustCompile(`(?m)(^|: )(?:(?:journal|keys|cluster): )+`)
