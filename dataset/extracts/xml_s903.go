package extracts

import "swis/dataset"

var s903XML = Layout{
	Name: "s903-xml", Title: "SSDA903, XML", Root: "EXPSSDA903", Care: true, Annual: true,
	Columns: append(append([]Column{}, s903Columns...),
		Column{Name: "DOB", Kind: Date, Means: "birth date"}, Column{Name: "UPN", Kind: UPN, Means: "unique pupil number, or UN1 to UN5"}),
	Row: func(r *Row) {
		if r.cell(1) != nil || r.cell(3) != nil { // an EPISODE; else a HEADER
			episodeRow(r)
			return
		}
		child, ok := r.Child(0)
		if !ok {
			return
		}
		p := dataset.Person{Child: child, Birth: r.Date(9), Death: noParent}
		p.Pupil, p.CheckLetter = r.Pupil(10)
		r.Person(p)
	},
	elements: func() elementReader { return &s903Reader{} },
}

// s903Reader reads EXPSSDA903 > CHILD > HEADER, EPISODE.
type s903Reader struct {
	child, episode map[string]string
	in             string
	line           int
}

func (c *s903Reader) start(name string, line int) {
	switch name {
	case "CHILD":
		c.child = map[string]string{}
	case "EPISODE":
		c.episode, c.in, c.line = map[string]string{}, name, line
	case "HEADER":
		c.in, c.line = name, line
	}
}

func (c *s903Reader) end(name, text string, emit func(map[string]string, int)) error {
	switch {
	case name == "HEADER":
		c.in = ""
		emit(map[string]string{"CHILD": c.child["CHILDID"], "DOB": c.child["DOB"], "UPN": c.child["UPN"]}, c.line)
	case name == "EPISODE":
		c.in = ""
		if c.child != nil {
			c.episode["CHILD"] = c.child["CHILDID"]
		}
		delete(c.episode, "YEAR")
		emit(c.episode, c.line)
	case c.in == "EPISODE" && c.episode != nil:
		c.episode[name] = text
	case c.in == "HEADER" && c.child != nil:
		if _, have := c.child[name]; !have {
			c.child[name] = text
		}
	}
	return nil
}

func (c *s903Reader) header(*dataset.Extract) string { return "" }
