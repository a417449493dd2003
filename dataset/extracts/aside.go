package extracts

// Tables that come in the same folder as those that are read, and of which no
// outcome is made: they are recognised by their columns and left aside with a
// note, so that a folder can be given as it was delivered.

// aside is a table that is recognised by all of its columns and not used.
func aside(name, title, why string, columns ...string) Layout {
	l := Layout{Name: name, Title: title, Ignored: why}
	for _, c := range columns {
		l.Columns = append(l.Columns, Column{Name: c, Required: true, Means: "not used"})
	}
	return l
}

// asideAny stands for several tables: each is recognised by a column that it
// alone has, given with what the table holds.
func asideAny(name, title, why string, keys ...[2]string) Layout {
	l := Layout{Name: name, Title: title, Ignored: why}
	for _, k := range keys {
		l.AnyOf = append(l.AnyOf, k[0])
		l.Columns = append(l.Columns, Column{Name: k[0], Means: "of the table of " + k[1]})
	}
	return l
}

// ssdOther are the tables of the Standard Safeguarding Dataset that are not
// read; the first letters of a column are those of its table.
var ssdOther = asideAny("ssd-other", "SSD, the tables that no other layout reads", "no outcome is made of it",
	[2]string{"addr_person_id", "addresses"},
	[2]string{"cinf_assessment_id", "factors of assessments"},
	[2]string{"cinv_cin_visit_id", "visits to children in need"},
	[2]string{"clac_person_id", "convictions in care"},
	[2]string{"clah_person_id", "health checks in care"},
	[2]string{"clai_person_id", "immunisations in care"},
	[2]string{"clap_cla_placement_id", "placements"},
	[2]string{"clar_cla_review_id", "reviews in care"},
	[2]string{"clas_person_id", "substance misuse in care"},
	[2]string{"clav_cla_visit_id", "visits in care"},
	[2]string{"clea_person_id", "care leavers"},
	[2]string{"cppr_cp_review_id", "child protection reviews"},
	[2]string{"cppv_cp_visit_id", "child protection visits"},
	[2]string{"csdq_person_id", "strengths and difficulties scores"},
	[2]string{"dept_team_id", "departments"},
	[2]string{"disa_person_id", "disabilities"},
	[2]string{"earl_person_id", "early help"},
	[2]string{"ehca_ehcp_request_id", "assessments for an EHC plan"},
	[2]string{"ehcn_named_plan_id", "named EHC plans"},
	[2]string{"ehcp_ehcp_request_id", "active EHC plans"},
	[2]string{"ehcr_ehcp_request_id", "requests for an EHC plan"},
	[2]string{"fami_person_id", "families"},
	[2]string{"immi_person_id", "immigration statuses"},
	[2]string{"invo_professional_id", "involvements of professionals"},
	[2]string{"lacp_person_id", "care plans"},
	[2]string{"lapp_person_id", "previous permanence"},
	[2]string{"miss_person_id", "missing episodes"},
	[2]string{"moth_person_id", "mothers"},
	[2]string{"perm_person_id", "permanence"},
	[2]string{"prep_person_id", "pre-proceedings"},
	[2]string{"prof_professional_id", "professionals"},
	[2]string{"s251_table_id", "finance"},
	[2]string{"senn_table_id", "special educational needs"},
	[2]string{"voch_person_id", "the voice of the child"},
	[2]string{"latestresponsedate", "answers of care plans"},
	[2]string{"first_activity_dttm", "the cohort of the export"},
	[2]string{"fiscal_year_label", "dates"},
	[2]string{"impact_description", "versions"},
	[2]string{"json_payload", "what is sent to DfE"},
)

// cinOther are tables of the census beside those on which events stand.
var cinOther = func() Layout {
	l := asideAny("cin-csv-other", "CIN census, disabilities, factors, family group decision making", "no outcome is made of it",
		[2]string{"Disability", "disabilities"},
		[2]string{"AssessmentFactor", "factors of assessments"},
		[2]string{"PPStartDate", "pre-proceedings and family group decision making"})
	l.Columns = append(l.Columns, Column{Name: "LAchildID", Required: true, Means: "not used"})
	l.Without = []string{"UPN", "URN", "event", "date"} // a table of an authority's own
	return l
}()

var (
	annexA2 = aside("annexa-2", "Annex A list 2, early help", "no outcome is made of early help",
		"Child Unique ID", "Assessment start date", "Organisation completing assessment")
	annexA9 = aside("annexa-9", "Annex A list 9, care leavers", "care leavers are past school age",
		"Child Unique ID", "Eligibility Category", "Type of Accommodation")
	annexA10 = aside("annexa-10", "Annex A list 10, adoption", "no outcome is made of adoptions",
		"Child Unique ID", "Family identifier", "Date of Placement Order")
	annexA11 = aside("annexa-11", "Annex A list 11, prospective adopters", "it holds no child",
		"Individual adopter identifier", "Family identifier")
)

// rollOther are modules of the school census beside the rolls, the sessions of
// a term and the exclusions: each numbers its rows in a column of its own name.
var rollOther = func() Layout {
	l := Layout{Name: "roll-other", Title: "school census, other modules", Ignored: "no outcome is made of it"}
	for _, module := range []string{
		"addresses", "addressesonroll", "addressesoffroll", "annualsessiondetailsonroll", "annualsessiondetailsoffroll", "approvisiondetailonroll", "approvisiondetailoffroll",
		"childcare", "classes", "fsmperiod", "fsmperiodsonroll", "fundingbasisitems", "learnerfamonroll", "learnerfamoffroll", "learnersupportonroll", "learnersupportoffroll",
		"learningaimsonroll", "learningaimsoffroll", "levels", "nationalitiesonroll", "nationalitiesoffroll", "programmeaimsonroll", "programmeaimsoffroll", "provisions",
		"schoolarrangedapdetailonroll", "schoolarrangedapdetailoffroll", "school", "schoolcensus", "senneeds",
		"summerhalfterm2sessiondetailsonroll", "summerhalfterm2sessiondetailsoffroll", "workplaceentityonroll", "workplaceentityoffroll",
	} {
		key := module + "orderseqcolumn"
		l.AnyOf = append(l.AnyOf, key)
		l.Columns = append(l.Columns, Column{Name: key, Means: "of the module " + module})
	}
	return l
}()

// giasOther are the files that are downloaded with the register of schools.
var giasOther = asideAny("gias-other", "schools register, groups, governors, kinds of schools, authorities", "the register itself is used",
	[2]string{"Group UID", "trusts and federations, or their schools"},
	[2]string{"Appointing body", "governors"},
	[2]string{"establishment-type-group-code", "kinds of schools"},
	[2]string{"Local Authority GIAS ID", "authorities"},
)
