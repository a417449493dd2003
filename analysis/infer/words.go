package infer

import (
	"fmt"
	"math"
	"strings"

	"swis/analysis"
)

// Words name the variance for a reader.
func (k Kind) Words(clusters []string) string {
	switch k {
	case IID:
		return "model-based (independent rows, expected information)"
	case HC0, HC1, HC2, HC3:
		return strings.ToUpper(string(k)) + " (heteroscedasticity-consistent, independent rows)"
	}
	return strings.ToUpper(string(k)) + " by " + strings.Join(clusters, " and ")
}

// Convention is the formula of the variance and its reference distribution.
// identity says that the family is gaussian, where t takes the place of z.
func (k Kind) Convention(identity bool) string {
	t := "z"
	if identity {
		t = "t(G - 1)"
	}
	switch k {
	case IID:
		if identity {
			return "standard errors from sigma^2 (X'WX)^-1, t(N - K)"
		}
		return "standard errors from the expected information; z where the dispersion is known, t(N - K) where it is estimated"
	case HC0:
		return "HC0: bread (sum of e_i^2 x_i x_i') bread, no factor"
	case HC1:
		return "HC1: HC0 times N/(N - K)"
	case HC2:
		return "HC2: squared residuals over 1 - h_i"
	case HC3:
		return "HC3: squared residuals over (1 - h_i)^2"
	case CR0:
		return "CR0: bread (sum over clusters of score score') bread, no factor; " + t
	case CR1:
		return "CR1: CR0 times G/(G - 1); " + t
	case CR1S:
		return "CR1S: CR0 times G/(G - 1) (N - 1)/(N - K); " + t + "; two-way: V1 + V2 - V12, G of the smaller dimension"
	case CR2:
		return "CR2: residuals of a cluster times the symmetric root of the Moore-Penrose inverse of I - H_gg under the working covariance; t with Satterthwaite (Bell-McCaffrey) degrees of freedom"
	}
	return "CR3: residuals of a cluster times the Moore-Penrose inverse of I - H_gg, no factor; t with Satterthwaite degrees of freedom under the working covariance"
}

// References are the papers of the variance.
func (k Kind) References() []analysis.Reference {
	switch k {
	case IID:
		return nil
	case HC0, HC1, HC2, HC3:
		return []analysis.Reference{{Key: "MacKinnon & White 1985", Text: "Some heteroskedasticity-consistent covariance matrix estimators with improved finite sample properties. Journal of Econometrics 29, 305-325", DOI: "10.1016/0304-4076(85)90158-7"}}
	case CR0, CR1, CR1S:
		return []analysis.Reference{
			{Key: "Liang & Zeger 1986", Text: "Longitudinal data analysis using generalized linear models. Biometrika 73, 13-22", DOI: "10.1093/biomet/73.1.13"},
			{Key: "Cameron, Gelbach & Miller 2011", Text: "Robust inference with multiway clustering. Journal of Business & Economic Statistics 29, 238-249", DOI: "10.1198/jbes.2010.07136"}}
	}
	return []analysis.Reference{
		{Key: "Bell & McCaffrey 2002", Text: "Bias reduction in standard errors for linear regression with multi-stage samples. Survey Methodology 28, 169-181"},
		{Key: "Pustejovsky & Tipton 2018", Text: "Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects models. Journal of Business & Economic Statistics 36, 672-683", DOI: "10.1080/07350015.2016.1247004"}}
}

// How says, for the footnote of an estimate, which distribution and variance
// its interval comes from.
func (v *Variance) How(df float64, clusters []string) string {
	s := "z"
	if !math.IsInf(df, 1) && !math.IsNaN(df) {
		s = fmt.Sprintf("t(%s)", trimNumber(df))
	}
	switch {
	case v.Kind == IID:
		return s + ", model-based standard error"
	case !v.Kind.Clustered():
		return s + ", " + strings.ToUpper(string(v.Kind))
	}
	counts := make([]string, len(clusters))
	for i, c := range clusters {
		counts[i] = fmt.Sprintf("%s (%d clusters)", c, v.Groups[i])
	}
	s += ", " + strings.ToUpper(string(v.Kind)) + " by " + strings.Join(counts, " and ")
	if v.Kind.Adjusted() {
		s += ", Satterthwaite (Bell-McCaffrey)"
	}
	return s
}

func trimNumber(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
}
