package mixed

import (
	"context"

	"swis/analysis"
)

func (m *model) bootstrapIntervals(ctx context.Context, r *analysis.Result, f *fit, l Linear) error {
	return analysis.Unsupportedf("--ci bootstrap: want wald or profile")
}
