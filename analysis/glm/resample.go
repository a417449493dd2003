package glm

import (
	"context"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/dataset/table"
)

func (m Model) resample(ctx context.Context, r *analysis.Result, data *table.Table, parsed *formula.Formula, d *formula.Design, f *family, fit *fitted, clusters []infer.Clusters) error {
	return analysis.Unsupportedf("resampling is not there yet")
}
