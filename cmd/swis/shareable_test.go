package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What swis check prints when nothing is asked for can be sent as it stands: no
// identifier, no name of a file or folder, which may be a child's, and no small
// count. Exact counts are printed on request, and say that they are not to be
// sent.
func TestCheckIsShareableAsItStands(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Quill family")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	rows.WriteString("LAchildID,S47ActualStartDate\n")
	for i := range 40 {
		fmt.Fprintf(&rows, "QANARY%d,%02d/%02d/2022\n", i, 1+i%28, 1+i%12)
	}
	rows.WriteString(",03/04/2022\n,04/04/2022\nQANARY1,31/02/2022\nQANARY1,02/02/2022\n")
	for name, text := range map[string]string{
		"Qanary_Quill_s47.csv": rows.String(), "Qanary_Quill_again.csv": rows.String(), // refused: the same twice
		"739104628517.csv": "LAchildID,CINPlanStartDate\nQANARY1,01/05/2022\nQANARY2,01/06/2022\n", // two rows
		"Quill plan.docx":  "Qanary Quill", "739104628517_header.csv": "x,y\n1,2\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range []string{"text", "json", "csv", "html"} {
		var out, errOut strings.Builder
		if status := run(t.Context(), []string{"check", dir, "--la", "801", "--format", format}, strings.NewReader(""), &out, &errOut); status != exitInput {
			t.Fatalf("exit %d: %s", status, errOut.String())
		}
		leaks(t, "check "+format, out.String())
		if strings.Contains(out.String(), filepath.Dir(dir)) {
			t.Errorf("%s names a folder", format)
		}
		if !strings.Contains(errOut.String(), "Qanary_Quill") {
			t.Errorf("the message to whoever ran it does not name the file: %s", errOut.String())
		}
		if format == "text" && !strings.Contains(out.String(), "sent as it stands") {
			t.Errorf("%s does not say that it can be sent", format)
		}
	}
	report := func(args ...string) map[string]any {
		var out, errOut strings.Builder
		run(t.Context(), append([]string{"check", dir, "--la", "801", "--format", "json"}, args...), strings.NewReader(""), &out, &errOut)
		doc := map[string]any{}
		if err := json.Unmarshal([]byte(out.String()), &doc); err != nil {
			t.Fatal(err, out.String())
		}
		return doc
	}
	counts := func(doc map[string]any) (small, marks int) {
		var walk func(key string, v any)
		walk = func(key string, v any) {
			switch x := v.(type) {
			case map[string]any:
				for k, below := range x {
					walk(k, below)
				}
			case []any:
				for _, below := range x {
					walk(key, below)
				}
			case string:
				if x == "c" {
					marks++
				}
			case float64: // periods and schools are not counts of children
				if x >= 1 && x <= 5 && key != "covered" && key != "listed" && !strings.Contains(key, "share") {
					small++
				}
			}
		}
		walk("", doc)
		return small, marks
	}
	if small, marks := counts(report()); small > 0 || marks < 5 {
		t.Errorf("%d small counts are shown, %d withheld", small, marks)
	}
	if small, marks := counts(report("--disclosure", "none")); small < 5 || marks > 0 {
		t.Errorf("on request %d small counts are shown, %d withheld", small, marks)
	}
	if _, printed := runs("check", dir, "--la", "801", "--disclosure", "none"); !strings.Contains(printed, "not to be sent") || !strings.Contains(printed, "Qanary_Quill_again.csv") {
		t.Errorf("the exact report does not say what it is:\n%.900s", printed)
	}
}
