package synthetic

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"swis/dataset"
)

// writeXML writes the census as XML, one file a return, with the modules in
// the order of the schema.
func (k *records) writeXML(o *output) error {
	for y := range k.calendar.Years {
		r := &k.calendar.Years[y]
		err := o.file(fmt.Sprintf("extracts/%s/CIN_Census_%d.xml", k.authority.Folder, r.Year), func(w io.Writer) error {
			x := &xmlWriter{w: w}
			x.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Message>\n <Header>\n  <CollectionDetails>\n")
			x.fields(3, "Collection", "CIN", "Year", strconv.Itoa(r.Year), "ReferenceDate", written(r.To, isoDate))
			x.raw("  </CollectionDetails>\n  <Source>\n")
			x.fields(3, "SourceLevel", "L", "LEA", k.authority.Code, "SoftwareCode", "swis demo", "Release", "1", "SerialNo", strconv.Itoa(y+1), "DateTime", written(r.To+20, isoDate)+"T09:00:00Z")
			x.raw("  </Source>\n </Header>\n <Children>\n")
			faulty := k.faultyChildren(r.Year)
			var last *child
			count := 0
			k.eachEpisode(r, func(c *child, v *view, details int) {
				if details == 1 {
					if last != nil {
						x.raw("  </Child>\n")
						if count++; count%spacing == 0 && len(faulty) > 0 {
							x.raw(faulty[0])
							faulty = faulty[1:]
						}
					}
					x.child(k, c)
					last = c
				}
				x.details(v)
			})
			if last != nil {
				x.raw("  </Child>\n")
			}
			for _, f := range faulty {
				x.raw(f)
			}
			x.raw(" </Children>\n</Message>\n")
			return x.err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type xmlWriter struct {
	w   io.Writer
	buf []byte
	err error
}

func (x *xmlWriter) raw(text string) {
	if x.err == nil {
		_, x.err = io.WriteString(x.w, text)
	}
}

// fields writes elements as name and text by turns; empty texts are left out.
func (x *xmlWriter) fields(indent int, pairs ...string) {
	x.buf = x.buf[:0]
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		for range indent {
			x.buf = append(x.buf, ' ')
		}
		x.buf = append(x.buf, '<')
		x.buf = append(x.buf, pairs[i]...)
		x.buf = append(x.buf, '>')
		x.buf = append(x.buf, pairs[i+1]...)
		x.buf = append(x.buf, "</"...)
		x.buf = append(x.buf, pairs[i]...)
		x.buf = append(x.buf, ">\n"...)
	}
	if x.err == nil {
		_, x.err = x.w.Write(x.buf)
	}
}

func (x *xmlWriter) child(k *records, c *child) {
	x.raw("  <Child>\n   <ChildIdentifiers>\n")
	sex := "M"
	if c.female {
		sex = "F"
	}
	x.fields(4, "LAchildID", c.id(k.authority), "UPN", c.upn, "FormerUPN", c.formerUPN, "UPNunknown", c.upnUnknown,
		"PersonBirthDate", written(c.birth, isoDate), "Sex", sex, "PersonDeathDate", written(c.death, isoDate))
	x.raw("   </ChildIdentifiers>\n   <ChildCharacteristics>\n")
	x.fields(4, "Ethnicity", c.ethnicity)
	x.raw("   </ChildCharacteristics>\n")
}

func (x *xmlWriter) details(v *view) {
	day := func(d dataset.Day) string { return written(d, isoDate) }
	yes := func(b bool) string {
		if b {
			return "1"
		}
		return "0"
	}
	x.raw("   <CINdetails>\n")
	x.fields(4, "CINreferralDate", day(v.referral), "ReferralSource", v.source, "PrimaryNeedCode", v.need, "CINclosureDate", day(v.closure), "ReasonForClosure", v.closureReason())
	for _, a := range v.assessments {
		x.raw("    <Assessments>\n")
		x.fields(5, "AssessmentActualStartDate", day(a.start), "AssessmentAuthorisationDate", day(a.end))
		if a.end != 0 {
			x.raw("     <FactorsIdentifiedAtAssessment>\n")
			for factor := range strings.SplitSeq(a.factors, ",") {
				x.fields(6, "AssessmentFactors", factor)
			}
			x.raw("     </FactorsIdentifiedAtAssessment>\n")
		}
		x.raw("    </Assessments>\n")
	}
	for _, p := range v.plans {
		x.raw("    <CINPlanDates>\n")
		x.fields(5, "CINPlanStartDate", day(p.start), "CINPlanEndDate", day(p.end))
		x.raw("    </CINPlanDates>\n")
	}
	for _, q := range v.enquiries {
		x.raw("    <Section47>\n")
		x.fields(5, "S47ActualStartDate", day(q.day), "InitialCPCtarget", day(q.day+21), "DateOfInitialCPC", day(q.conference), "ICPCnotRequired", yes(q.conference == 0))
		x.raw("    </Section47>\n")
	}
	x.fields(4, "ReferralNFA", yes(v.noFurtherAction))
	for _, p := range v.protection {
		x.raw("    <ChildProtectionPlans>\n")
		x.fields(5, "CPPstartDate", day(p.start), "CPPendDate", day(p.end), "InitialCategoryOfAbuse", p.category, "LatestCategoryOfAbuse", p.category, "NumberOfPreviousCPP", "0")
		x.raw("    </ChildProtectionPlans>\n")
	}
	x.raw("   </CINdetails>\n")
}
