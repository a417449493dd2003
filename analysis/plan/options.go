package plan

import (
	"fmt"
	"strings"
)

// Option is one flag of a command.
type Option struct {
	Name   string
	Values []string // one for a scalar, several for a list
	List   bool
	Line   int
}

// Options are the flags of a command in the order of the file.
type Options []Option

// Has says whether a flag is set.
func (o Options) Has(name string) bool {
	for _, x := range o {
		if x.Name == name {
			return true
		}
	}
	return false
}

// Value is a flag's value, a list joined by commas, or "".
func (o Options) Value(name string) string {
	for _, x := range o {
		if x.Name == name {
			return strings.Join(x.Values, ",")
		}
	}
	return ""
}

// Args are the options as flags of a command line. A list becomes one flag
// with commas.
func (o Options) Args() []string {
	args := make([]string, len(o))
	for i, x := range o {
		args[i] = fmt.Sprintf("--%s=%s", x.Name, strings.Join(x.Values, ","))
	}
	return args
}
