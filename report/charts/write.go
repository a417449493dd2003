package charts

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"swis/dataset/atomicfile"
	"swis/report"
	"swis/report/tables"
)

// Formats are the kinds of picture files, in the order in which they are written.
var Formats = []string{"svg", "png", "pdf"}

// Write writes a figure into a folder: the pictures, the plotted data as CSV
// and the alternative text, all or none of them. It returns the paths of the
// files.
func Write(dir string, f *report.Figure, formats []string) ([]string, error) {
	d := Draw(f)
	var paths []string
	var set atomicfile.Set
	defer set.Abort()
	write := func(ext string, fill func(io.Writer) error) error {
		path := filepath.Join(dir, f.Name+"."+ext)
		paths = append(paths, path)
		return set.Add(path, fill)
	}
	for _, format := range Formats {
		if !slices.Contains(formats, format) {
			continue
		}
		if err := write(format, func(w io.Writer) error { return WriteDrawing(w, d, format, f.Name) }); err != nil {
			return paths, err
		}
	}
	if err := write("csv", func(w io.Writer) error { return tables.WriteTableCSV(w, &f.Data) }); err != nil {
		return paths, err
	}
	err := write("txt", func(w io.Writer) error {
		_, err := io.WriteString(w, f.Alt+"\n")
		return err
	})
	if err == nil {
		err = set.Commit()
	}
	return paths, err
}

// WriteDrawing writes a drawing in one format.
func WriteDrawing(w io.Writer, d *Drawing, format, id string) error {
	switch format {
	case "svg":
		return WriteSVG(w, d, id)
	case "png":
		return WritePNG(w, d)
	case "pdf":
		return WritePDF(w, d)
	}
	return fmt.Errorf("no picture format %q: want one of %s", format, strings.Join(Formats, ", "))
}

// IsFolder says whether a path is an existing folder or looks like one.
func IsFolder(path string) bool {
	if info, err := os.Stat(path); err == nil {
		return info.IsDir()
	}
	return filepath.Ext(path) == ""
}
