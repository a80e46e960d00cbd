package main

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

// flagMappers make kong parse numbers and durations so that errors are understandable, and
// durations may be in days and weeks.
func flagMappers() []kong.Option {
	return []kong.Option{
		kong.KindMapper(reflect.Int, mapperOf(strconv.Atoi, "whole number such as 5000")),
		kong.KindMapper(reflect.Float64, mapperOf(parseNumber, "number such as 2 or 0.5")),
		kong.NamedMapper(listType, kong.MapperFunc(readList)),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), mapperOf(duration.Parse, "time such as 90s, 12h, 30d or 4w")),
	}
}

// listType is the type of a flag that takes several values, as a list or repeated, and
// has them as one, with commas between.
const listType = "list"

// readList reads what is of that type.
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

// mapperOf returns what reads a value by parse. What would be right is for the error.
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

// parseNumber reads a number, and none of those that are no amount.
func parseNumber(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
		err = strconv.ErrRange
	}
	return n, err
}

// userMessage returns an error without what is for those alone who write programs: the
// names of packages, and of what kong has.
func userMessage(err error) string {
	return strings.NewReplacer(
		"(from envar ", "(in the environment: ",
		`missing value, expecting "<arg>,..."`, "a value is missing",
		`expected string value but got "EOL" (<EOL>)`, "a value is missing",
	).Replace(packagePrefixes.ReplaceAllString(err.Error(), "$1"))
}

// packagePrefixes finds them where an error begins, by itself or within another one: files
// have such names, too.
var packagePrefixes = regexp.MustCompile(`(?m)(^|: )(?:(?:journal|keys|cluster): )+`)
