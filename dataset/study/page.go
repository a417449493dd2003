package study

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var pageText string

// breakable lets a browser break a file's name after its folders and between
// its words, and nowhere else.
func breakable(name string) template.HTML {
	const here = "<wbr>"
	return template.HTML(strings.NewReplacer("/", "/"+here, "_", "_"+here, "-", "-"+here).Replace(template.HTMLEscapeString(name)))
}

// WriteHTML writes the quality report as one page without scripts or links.
func (q *Quality) WriteHTML(w io.Writer) error { return qualityPage.Execute(w, page{q, q.folder()}) }

// page is what the template asks of a report.
type page struct {
	*Quality
	Folder string // that all files are in
}

// Verdict says in one line what is to be done before the files are sent.
func (p page) Verdict() string { return p.verdict() }

// Sharing says what may be done with the report.
func (p page) Sharing() string { return p.sharing() }

// Applied are the rules with a case, Others those without.
func (p page) Applied() []QualityRule { return p.rulesWith(true) }

// Others are the rules without a case.
func (p page) Others() []QualityRule { return p.rulesWith(false) }

func (p page) rulesWith(applied bool) (rules []QualityRule) {
	for _, r := range p.Rules {
		if r.Count.zero() != applied {
			rules = append(rules, r)
		}
	}
	return rules
}

// LinkedYears are the rates of linkage by month, a row a year.
func (p page) LinkedYears() []linkedYear { return p.linkedYears() }

// CareLAs heads the columns of the waterfall.
func (p page) CareLAs() []string {
	las, _ := p.careTable()
	return las
}

// Steps is the waterfall of days in care.
func (p page) Steps() []careStep {
	_, steps := p.careTable()
	return steps
}

// Short is a file's name without the folder that all are in.
func (p page) Short(file string) string { return strings.TrimPrefix(file, p.Folder) }

var (
	grid      = strings.NewReplacer("1", "#", "0", "·")
	functions = template.FuncMap{
		"percent": percent, "ratio": ratioText, "list": list, "grid": grid.Replace,
		"words":     func(name string) string { return strings.ReplaceAll(name, "_", " ") },
		"breakable": breakable,
		"months":    func() [12]string { return monthNames },
		"join":      func(items []string) string { return strings.Join(items, ", ") },
		"hash":      func(sum string) string { return sum[:min(12, len(sum))] },
	}
	qualityPage = template.Must(template.New("quality").Funcs(functions).Parse(pageText))
)
