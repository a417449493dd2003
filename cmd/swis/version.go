package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// version is the program's version, written into every result.
const version = "0.1.0"

// program names the program and its version in provenance.
const program = "swis " + version

func newVersion(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Prints the program's version and the Go version and platform it was built for.\n\nExit status: 0.",
		Example: "  swis version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(s.out, "%s (%s %s/%s)\n", program, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
