package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is how wide help is printed.
const helpWidth = 100

// narrowHelp keeps the help of all commands within helpWidth.
func narrowHelp(root *cobra.Command) {
	cobra.AddTemplateFunc("continued", continued)
	t := root.UsageTemplate()
	t = strings.ReplaceAll(t, ".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", helpWidth))
	root.SetUsageTemplate(strings.ReplaceAll(t, "{{.Example}}", "{{continued .Example}}"))
}

// continued breaks examples that are too wide between two words, outside
// quotes, with the backslash that shells take for a line that goes on.
func continued(examples string) string {
	lines := strings.Split(examples, "\n")
	for i, line := range lines {
		var out strings.Builder
		for len(line) > helpWidth {
			at := lastGap(line, helpWidth-2)
			if at < 0 {
				break
			}
			out.WriteString(line[:at] + " \\\n")
			line = "      " + line[at+1:]
		}
		lines[i] = out.String() + line
	}
	return strings.Join(lines, "\n")
}

// lastGap is the place of the last space outside quotes before width, if there
// is one before a flag, -1 for none.
func lastGap(line string, width int) int {
	at, flag, quote := -1, -1, byte(0)
	for i := 6; i < width; i++ {
		switch c := line[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == ' ':
			if at = i; strings.HasPrefix(line[i:], " --") {
				flag = i
			}
		}
	}
	if flag > 0 {
		return flag
	}
	return at
}
