package analysis

// Resampler draws the statistic of one estimate again under its null
// hypothesis, from weights of its clusters. Estimates that are given the same
// weight for the same cluster, whatever their outcomes and rows, come from
// their joint distribution; that is what a correction of a family of tests by
// resampling needs.
type Resampler interface {
	// Clusters gives the column of the clusters and their labels.
	Clusters() (column string, labels []string)
	// Statistic is the observed statistic.
	Statistic() float64
	// Redraw writes |t*| of each draw into out. Weights holds one row of
	// len(labels) weights a draw.
	Redraw(weights, out []float64)
	// How says in words what is drawn.
	How() string
}

// Redraws makes the Resampler of an estimate; it fails where the statistic has
// no joint bootstrap.
type Redraws func() (Resampler, error)
