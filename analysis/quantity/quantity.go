// Package quantity finds a number in a result by its name, in the grammar that
// published targets and reference cases use:
// estimates[term=armSWIS,part=zero].std_error, fit.log_lik,
// random_effects[group=school,term=(Intercept),with=time].correlation.
package quantity

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

type step struct {
	key      string
	selector []pair
}

type pair struct{ key, value string }

// A comma separates selectors only where a key follows, so that a term such
// as log(a, 2) needs no quoting.
var comma = regexp.MustCompile(`,([a-z_]+=)`)

func parse(path string) ([]step, error) {
	var steps []step
	rest := path
	for rest != "" {
		n := strings.IndexFunc(rest, func(r rune) bool {
			return !(r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		})
		if n < 0 {
			n = len(rest)
		}
		if n == 0 {
			return nil, fmt.Errorf("quantity %q: a key is wanted before %q", path, rest)
		}
		s := step{key: rest[:n]}
		rest = rest[n:]
		if strings.HasPrefix(rest, "[") {
			end := strings.Index(rest, "].")
			if end < 0 {
				end = strings.LastIndex(rest, "]")
			}
			if end < 0 {
				return nil, fmt.Errorf("quantity %q: [ without ]", path)
			}
			for _, part := range strings.Split(comma.ReplaceAllString(rest[1:end], "\x00$1"), "\x00") {
				key, value, ok := strings.Cut(part, "=")
				if !ok {
					return nil, fmt.Errorf("quantity %q: %q is not key=value", path, part)
				}
				s.selector = append(s.selector, pair{key, value})
			}
			rest = rest[end+1:]
		}
		rest = strings.TrimPrefix(rest, ".")
		steps = append(steps, s)
	}
	return steps, nil
}

// Find returns the value of a quantity in a decoded JSON document: a float64,
// a string, a bool or nil for null. It is an error where the quantity is not
// there or where more than one entry answers to its selectors. An entry
// without part is in part main, and without part in the quantity the main
// part is meant.
func Find(document any, path string) (any, error) {
	steps, err := parse(path)
	if err != nil {
		return nil, err
	}
	at := document
	for _, s := range steps {
		object, ok := at.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: no object where key %s is looked up", path, s.key)
		}
		at, ok = object[s.key]
		if !ok {
			return nil, fmt.Errorf("%s: no key %s", path, s.key)
		}
		if s.selector == nil {
			continue
		}
		list, ok := at.([]any)
		if !ok {
			return nil, fmt.Errorf("%s: %s is not a list", path, s.key)
		}
		found := pick(list, s.selector)
		switch len(found) {
		case 1:
			at = found[0]
		case 0:
			return nil, fmt.Errorf("%s: no such entry in %s", path, s.key)
		default:
			return nil, fmt.Errorf("%s: %d entries answer to it", path, len(found))
		}
	}
	return at, nil
}

func pick(list []any, selector []pair) []map[string]any {
	found := match(list, selector)
	if len(found) == 0 && has(selector, "with") {
		found = match(list, swapped(selector))
	}
	if len(found) > 1 && !has(selector, "with") {
		found = prefer(found, func(e map[string]any) bool { return e["with"] == nil })
	}
	if len(found) > 1 && !has(selector, "part") {
		found = prefer(found, func(e map[string]any) bool { return e["part"] == nil || e["part"] == "main" })
	}
	if len(found) > 1 && !has(selector, "by") {
		found = prefer(found, func(e map[string]any) bool { return e["by"] == nil || e["by"] == "" })
	}
	return found
}

// swapped exchanges term and with: a correlation may be written either way round.
func swapped(selector []pair) []pair {
	out := make([]pair, len(selector))
	for i, p := range selector {
		switch p.key {
		case "term":
			p.key = "with"
		case "with":
			p.key = "term"
		}
		out[i] = p
	}
	return out
}

func match(list []any, selector []pair) []map[string]any {
	var found []map[string]any
	for _, item := range list {
		entry, ok := item.(map[string]any)
		if !ok {
			continue
		}
		all := true
		for _, p := range selector {
			have := entry[p.key]
			if p.key == "part" && have == nil {
				have = "main"
			}
			if !same(have, p.value) {
				all = false
				break
			}
		}
		if all {
			found = append(found, entry)
		}
	}
	return found
}

func same(have any, want string) bool {
	switch x := have.(type) {
	case string:
		return x == want
	case float64:
		y, err := strconv.ParseFloat(want, 64)
		return err == nil && x == y
	case bool:
		return strconv.FormatBool(x) == want
	}
	return false
}

func has(selector []pair, key string) bool {
	for _, p := range selector {
		if p.key == key {
			return true
		}
	}
	return false
}

func prefer(found []map[string]any, keep func(map[string]any) bool) []map[string]any {
	var kept []map[string]any
	for _, e := range found {
		if keep(e) {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return found
	}
	return kept
}

// Document turns a value into the decoded JSON form that Find searches.
func Document(value any) (any, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var document any
	err = json.Unmarshal(data, &document)
	return document, err
}
