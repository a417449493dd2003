package infer

// Options say how the uncertainty of an estimate is found. They are the
// inference flags of the command line, shared by every estimator that can take
// them.
type Options struct {
	Level    float64  // of intervals, in (0,1), e.g. 0.95
	Kind     Kind     // variance; empty: cr2 with one grouping, cr1s with two, iid without
	Clusters []string // columns that the rows are clustered by
	As       string   // fixest or stata: that program's conventions
	Term     string   // the coefficient that resampling is about
	Adjust   string   // holm, hochberg, bh or romano-wolf; empty for none

	Bootstrap string   // wild, or empty
	Weights   string   // rademacher or webb; empty: by the number of clusters
	Permute   bool     // randomisation inference
	Statistic string   // coef or t
	Strata    []string // columns within which arms are exchanged
	Scheme    *Scheme  // the trial's own schemes, from its allocation log; nil for exchanges within Strata
	All       bool     // the term under every method that is defined
	Reps      int
	Seed      string
}

// Choose is the variance in use: the one asked for, else the default.
func (o Options) Choose() Kind {
	switch {
	case o.Kind != "":
		return o.Kind
	case len(o.Clusters) == 0:
		return IID
	case o.As != "" || len(o.Clusters) > 1:
		return CR1S
	}
	return CR2
}

// Resamples says whether anything is asked for beyond standard errors.
func (o Options) Resamples() bool { return o.All || o.Permute || o.Bootstrap != "" }
