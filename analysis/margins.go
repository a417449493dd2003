package analysis

// Margins are the cells of the categorical terms of a model. A fitted model adds
// up to the data in each of them, exactly with a canonical link, so that its
// coefficients tell the outcome's total there to a reader who knows who is in
// which cell. They are found when they are asked for: only the disclosure
// profile does.
type Margins struct {
	By string
	Of func() *CategoricalTerms
}

// CategoricalTerms are the terms of a model that are made of columns of zeros
// and ones alone.
type CategoricalTerms struct {
	Terms     []CategoricalTerm
	Total     Behind
	Saturated bool // the cells of the terms are as many as the coefficients: the model is a table
}

// CategoricalTerm is a term with its cells, those of the reference levels too.
type CategoricalTerm struct {
	Name  string // as written
	Cells []MarginCell
}

// MarginCell is the rows of one cell, and the total of the outcome in them.
type MarginCell struct {
	Rows    float64
	Outcome Behind
	Others  float64 // rows without, or trials that failed, where the outcome is yes or no; else zero
	Counts  bool    // the outcome counts events, so that it says how many children are behind it
}
