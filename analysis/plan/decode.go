package plan

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"swis/dataset"
	"swis/dataset/table"
)

// decoder turns the tree of a file into a Plan. It collects every fault
// instead of stopping at the first, and remembers the line of every key.
type decoder struct {
	file     string
	problems dataset.Problems
	lines    map[string]int
}

func (d *decoder) fault(line int, format string, args ...any) {
	d.problems = append(d.problems, dataset.Problem{File: d.file, Line: line, Text: fmt.Sprintf(format, args...)})
}

var (
	dayType     = reflect.TypeFor[dataset.Day]()
	optionsType = reflect.TypeFor[Options]()
)

// value reads a node into to, which is addressable. path names it in messages.
func (d *decoder) value(node ast.Node, to reflect.Value, path string) {
	node = bare(node)
	d.lines[path] = lineOf(node)
	if _, null := node.(*ast.NullNode); null {
		return
	}
	if to.Type() == optionsType {
		d.options(node, to, path)
		return
	}
	if to.Kind() == reflect.Struct {
		d.mapping(node, to, path)
		return
	}
	if to.Kind() == reflect.Slice {
		d.list(node, to, path)
		return
	}
	text, ok := scalar(node)
	if !ok {
		d.fault(lineOf(node), "%s: want one value here", path)
		return
	}
	switch {
	case to.Type() == dayType:
		day, err := dataset.ParseDay(text)
		if err != nil {
			d.fault(lineOf(node), "%s: %v", path, err)
			return
		}
		to.Set(reflect.ValueOf(day))
	case to.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			d.fault(lineOf(node), "%s: %q: want true or false", path, text)
			return
		}
		to.SetBool(b)
	default:
		to.SetString(text)
	}
}

// mapping reads keys into the fields of a struct. An unknown key is a fault
// that names the nearest known one.
func (d *decoder) mapping(node ast.Node, to reflect.Value, path string) {
	entries, ok := entriesOf(node)
	if !ok {
		d.fault(lineOf(node), "%s: want keys with values here", orTop(path))
		return
	}
	fields, names := map[string]int{}, []string{}
	for i := range to.NumField() {
		if name := to.Type().Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			fields[name] = i
			names = append(names, name)
		}
	}
	seen := map[string]bool{}
	for _, e := range entries {
		key, line := keyOf(e), lineOf(e.Key)
		i, known := fields[key]
		switch {
		case !known:
			d.unknown(line, key, path, names)
		case seen[key]:
			d.fault(line, "key %q stands twice%s", key, under(path))
		default:
			seen[key] = true
			d.value(e.Value, to.Field(i), join(path, key))
			d.lines[join(path, key)] = line
		}
	}
}

func (d *decoder) unknown(line int, key, path string, names []string) {
	if nearest := table.Nearest(key, names); nearest != "" {
		d.fault(line, "unknown key %q%s (did you mean %q?)", key, under(path), nearest)
		return
	}
	d.fault(line, "unknown key %q%s: want one of %s", key, under(path), strings.Join(names, ", "))
}

// list reads a sequence; a single value is a list of one.
func (d *decoder) list(node ast.Node, to reflect.Value, path string) {
	nodes := []ast.Node{node}
	if s, ok := node.(*ast.SequenceNode); ok {
		nodes = s.Values
	}
	to.Set(reflect.MakeSlice(to.Type(), len(nodes), len(nodes)))
	for i, n := range nodes {
		at := fmt.Sprintf("%s[%d]", path, i)
		blank(to.Index(i))
		d.value(n, to.Index(i), at)
	}
}

// options reads a mapping whose keys are flags of a command: the command knows
// them, so they are checked where it runs.
func (d *decoder) options(node ast.Node, to reflect.Value, path string) {
	entries, ok := entriesOf(node)
	if !ok {
		d.fault(lineOf(node), "%s: want options as keys with values", path)
		return
	}
	var out Options
	for _, e := range entries {
		o := Option{Name: strings.ReplaceAll(strings.TrimPrefix(keyOf(e), "--"), "_", "-"), Line: lineOf(e.Key)}
		if out.Has(o.Name) {
			d.fault(o.Line, "option %q stands twice%s", o.Name, under(path))
		}
		nodes := []ast.Node{bare(e.Value)}
		if s, ok := nodes[0].(*ast.SequenceNode); ok {
			nodes, o.List = s.Values, true
		}
		for _, n := range nodes {
			text, ok := scalar(bare(n))
			if !ok {
				d.fault(lineOf(n), "%s.%s: want a value or a list of values", path, o.Name)
				continue
			}
			o.Values = append(o.Values, text)
		}
		d.lines[join(path, o.Name)] = o.Line
		out = append(out, o)
	}
	to.Set(reflect.ValueOf(out))
}

// blank sets days to NoDay, whose zero value is a real day.
func blank(v reflect.Value) {
	switch {
	case v.Type() == dayType:
		v.Set(reflect.ValueOf(dataset.NoDay))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				blank(v.Field(i))
			}
		}
	}
}

// bare takes tags and anchors off a node.
func bare(node ast.Node) ast.Node {
	for {
		switch n := node.(type) {
		case *ast.TagNode:
			node = n.Value
		case *ast.AnchorNode:
			node = n.Value
		default:
			return node
		}
	}
}

func entriesOf(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// scalar is a single value as it is written, so that 009 stays 009.
func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func keyOf(e *ast.MappingValueNode) string { return e.Key.GetToken().Value }

func lineOf(node ast.Node) int {
	if node == nil || node.GetToken() == nil || node.GetToken().Position == nil {
		return 0
	}
	return node.GetToken().Position.Line
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func parent(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}

func under(path string) string {
	if path == "" {
		return ""
	}
	return " under " + path
}

func orTop(path string) string {
	if path == "" {
		return "the plan"
	}
	return path
}
