package did

import (
	"strings"

	"swis/analysis"
	"swis/analysis/fixedeffects"
)

// The papers that the formulas come from.
var (
	refGoodmanBacon = analysis.Reference{Key: "Goodman-Bacon 2021", Text: "Difference-in-differences with variation in treatment timing. Journal of Econometrics 225(2)", DOI: "10.1016/j.jeconom.2021.03.014"}
	refWooldridge99 = analysis.Reference{Key: "Wooldridge 1999", Text: "Distribution-free estimation of some nonlinear panel data models. Journal of Econometrics 90(1)", DOI: "10.1016/S0304-4076(98)00033-5"}
	refWooldridge23 = analysis.Reference{Key: "Wooldridge 2023", Text: "Simple approaches to nonlinear difference-in-differences with panel data. The Econometrics Journal 26(3)", DOI: "10.1093/ectj/utad016"}
	refBellMcC      = analysis.Reference{Key: "Bell & McCaffrey 2002", Text: "Bias reduction in standard errors for linear regression with multi-stage samples. Survey Methodology 28(2)"}
	refPustejovsky  = analysis.Reference{Key: "Pustejovsky & Tipton 2018", Text: "Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects models. Journal of Business & Economic Statistics 36(4)", DOI: "10.1080/07350015.2016.1247004"}
	refLiangZeger   = analysis.Reference{Key: "Liang & Zeger 1986", Text: "Longitudinal data analysis using generalized linear models. Biometrika 73(1)", DOI: "10.1093/biomet/73.1.13"}
	refCameron      = analysis.Reference{Key: "Cameron, Gelbach & Miller 2011", Text: "Robust inference with multiway clustering. Journal of Business & Economic Statistics 29(2)", DOI: "10.1198/jbes.2010.07136"}
	refCS           = analysis.Reference{Key: "Callaway & Sant'Anna 2021", Text: "Difference-in-differences with multiple time periods. Journal of Econometrics 225(2)", DOI: "10.1016/j.jeconom.2020.12.001"}
	refSantAnna     = analysis.Reference{Key: "Sant'Anna & Zhao 2020", Text: "Doubly robust difference-in-differences estimators. Journal of Econometrics 219(1)", DOI: "10.1016/j.jeconom.2020.06.003"}
	refSunAbraham   = analysis.Reference{Key: "Sun & Abraham 2021", Text: "Estimating dynamic treatment effects in event studies with heterogeneous treatment effects. Journal of Econometrics 225(2)", DOI: "10.1016/j.jeconom.2020.09.006"}
	refBJS          = analysis.Reference{Key: "Borusyak, Jaravel & Spiess 2024", Text: "Revisiting event-study designs: robust and efficient estimation. Review of Economic Studies 91(6)", DOI: "10.1093/restud/rdae007"}
	refRoth         = analysis.Reference{Key: "Roth 2022", Text: "Pretest with caution: event-study estimates after testing for parallel trends. AER: Insights 4(3)", DOI: "10.1257/aeri.20210236"}
)

// describe adds the variance to a method.
func (o Inference) describe(m analysis.Method, family fixedeffects.Family) analysis.Method {
	_ = o.settle("unit", family)
	by := strings.Join(o.Cluster, " and ")
	switch o.Vcov {
	case fixedeffects.IID:
		m.Variance = "classical"
	case fixedeffects.HC0, fixedeffects.HC1, fixedeffects.HC2, fixedeffects.HC3:
		m.Variance = strings.ToUpper(string(o.Vcov))
	case fixedeffects.CR2, fixedeffects.CR3:
		m.Variance = strings.ToUpper(string(o.Vcov)) + " by " + by + ", Satterthwaite degrees of freedom"
		m.References = append(m.References, refBellMcC, refPustejovsky)
	default:
		m.Variance = strings.ToUpper(string(o.Vcov)) + " by " + by
		m.References = append(m.References, refLiangZeger)
		if len(o.Cluster) == 2 {
			m.References = append(m.References, refCameron)
		}
	}
	switch {
	case o.As == "fixest":
		m.Conventions = append(m.Conventions, "as fixest 0.14: CR1S unless --vcov says otherwise, t(G - 1) for gaussian and z for others")
	case o.As == "stata" && family == fixedeffects.Gaussian:
		m.Conventions = append(m.Conventions, "as Stata's reghdfe: vce(cluster) with G/(G - 1) (N - 1)/(N - K), effects nested in the cluster not counted in K, t(G - 1)")
	case o.As == "stata":
		m.Conventions = append(m.Conventions, "as Stata's maximum likelihood estimators: vce(cluster) with G/(G - 1) alone, z")
	}
	return m
}
