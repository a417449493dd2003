package mixed

import (
	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/infer"
)

// redraws makes the wild cluster restricted bootstrap of kept coefficient j
// available to a family of tests. The model is whitened by the fitted V, which
// is block diagonal in clusters that hold all rows of each random effect: least
// squares on V^(-1/2) X and V^(-1/2) y, cluster by cluster in the span of the
// cluster's columns, with the null imposed, one weight a cluster and the CR1S
// variance. V is that of the full model and is not fitted again in a draw.
func (m *model) redraws(f *fit, j int, l Linear) analysis.Redraws {
	return func() (analysis.Resampler, error) {
		if l.ResidualBy != "" {
			return nil, analysis.Unsupportedf("--residual-by has no joint draws with other tests; use holm")
		}
		cluster, err := m.cluster(l)
		if err != nil {
			return nil, err
		}
		parts, err := m.clusterParts(f, cluster)
		if err != nil {
			return nil, err
		}
		beta := mat.NewVecDense(f.p, m.engineBeta(f))
		beta.ScaleVec(1/f.yScale, beta)
		w := &infer.Wild{X: make([][]float64, f.p), Rows: f.n, Parameters: f.p,
			Clusters: infer.Clusters{Name: cluster.Name, Levels: cluster.Levels}}
		for g, part := range parts {
			var chol mat.Cholesky
			if !chol.Factorize(part.v) {
				return nil, analysis.NotEstimablef("the fitted covariance of a cluster is not positive definite")
			}
			var root mat.TriDense
			chol.LTo(&root)
			var y mat.VecDense
			y.MulVec(part.x, beta)
			y.AddVec(&y, part.e)
			var x, z mat.Dense
			if x.Solve(&root, part.x) != nil || z.Solve(&root, &y) != nil {
				return nil, analysis.NotEstimablef("the fitted covariance of a cluster is singular to working precision")
			}
			d, _ := x.Dims()
			for i := range d {
				for k := range w.X {
					w.X[k] = append(w.X[k], x.At(i, k))
				}
				w.Y = append(w.Y, z.At(i, 0))
				w.Clusters.Index = append(w.Clusters.Index, int32(g))
			}
		}
		w.X = infer.ContrastColumns(w.X, m.unit(j))
		return w.Resampler("wild cluster restricted bootstrap at the fitted variances of the mixed model")
	}
}
