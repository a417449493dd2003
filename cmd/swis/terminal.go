package main

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"swis/report/tables"
)

// terminalStyle says what a terminal can show. Files and pipes have one style,
// whatever the locale, so that the same command gives the same bytes.
func terminalStyle(w io.Writer) (style tables.Style, terminal bool) {
	if printed, ok := w.(*faithful); ok {
		w = printed.to
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return tables.Style{}, false
	}
	style.ASCII = !utf8Locale(os.Getenv)
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		style.Width = min(width, 100)
	}
	return style, true
}

// utf8Locale reads the locale as C programs do: the first of LC_ALL, LC_CTYPE
// and LANG that is set decides.
func utf8Locale(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(env(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return false
}
