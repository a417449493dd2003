// Package testdata hands the program the certified numbers that swis selftest
// recomputes. They are the files that the tests read, so there is one copy.
//
// A case of reference is embedded by one line below, its data set by another.
package testdata

import "embed"

// Files are NIST's sets, reference cases, allocation vectors and tails of
// distributions, under their paths in this folder.
//
//go:embed nist/linear/*.dat nist/anova/*.dat nist/univariate/*.dat nist/exact/*.tsv
//go:embed distribution/tails.csv allocation/vectors.json trial/sha256.txt
//go:embed reference/pilot-panel/data.csv reference/pilot-small/data.csv reference/pupils-small/data.csv
//go:embed reference/small/data.csv reference/small-panel/data.csv reference/staggered/data.csv
//go:embed reference/trial-school/data.csv reference/dsl-contacts/data.csv
//go:embed reference/did-2x2-school/case.json reference/did-2x2-school/expected.csv
//go:embed reference/did-twfe-cr2/case.json reference/did-twfe-cr2/expected.csv
//go:embed reference/did-twfe-cr3/case.json reference/did-twfe-cr3/expected.csv
//go:embed reference/did-twfe-weights-cr2/case.json reference/did-twfe-weights-cr2/expected.csv
//go:embed reference/did-event-cr2/case.json reference/did-event-cr2/expected.csv
//go:embed reference/did-bacon/case.json reference/did-bacon/expected.csv
//go:embed reference/did-cs-notyet-dr/case.json reference/did-cs-notyet-dr/expected.csv
//go:embed reference/did-cs-never-ipw/case.json reference/did-cs-never-ipw/expected.csv
//go:embed reference/did-sunab/case.json reference/did-sunab/expected.csv
//go:embed reference/did-imputation-covariate/case.json reference/did-imputation-covariate/expected.csv
//go:embed reference/did-etwfe/case.json reference/did-etwfe/expected.csv
//go:embed reference/did-poisson-cr2/case.json reference/did-poisson-cr2/expected.csv
//go:embed reference/did-poisson-exposure/case.json reference/did-poisson-exposure/expected.csv
//go:embed reference/glm-cluster-cr1s/case.json reference/glm-cluster-cr1s/expected.csv
//go:embed reference/glm-cluster-cr2/case.json reference/glm-cluster-cr2/expected.csv
//go:embed reference/glm-gaussian-hc3/case.json reference/glm-gaussian-hc3/expected.csv
//go:embed reference/glm-gaussian-terms/case.json reference/glm-gaussian-terms/expected.csv
//go:embed reference/glm-gamma/case.json reference/glm-gamma/expected.csv
//go:embed reference/glm-poisson-cr2/case.json reference/glm-poisson-cr2/expected.csv
//go:embed reference/glm-negbin-cr2/case.json reference/glm-negbin-cr2/expected.csv
//go:embed reference/glm-quasibinomial/case.json reference/glm-quasibinomial/expected.csv
//go:embed reference/glm-tobit/case.json reference/glm-tobit/expected.csv
//go:embed reference/glm-zero-inflated-negbin/case.json reference/glm-zero-inflated-negbin/expected.csv
//go:embed reference/glm-hurdle-negbin/case.json reference/glm-hurdle-negbin/expected.csv
//go:embed reference/mixed-intercept-satterthwaite/case.json reference/mixed-intercept-satterthwaite/expected.csv
//go:embed reference/mixed-intercept-ml/case.json reference/mixed-intercept-ml/expected.csv
//go:embed reference/mixed-nested-kr/case.json reference/mixed-nested-kr/expected.csv
//go:embed reference/mixed-slope-kr/case.json reference/mixed-slope-kr/expected.csv
//go:embed reference/mixed-kr-term/case.json reference/mixed-kr-term/expected.csv
//go:embed reference/mixed-profile-ci/case.json reference/mixed-profile-ci/expected.csv
//go:embed reference/mixed-poisson-laplace/case.json reference/mixed-poisson-laplace/expected.csv
//go:embed reference/mixed-poisson-quadrature/case.json reference/mixed-poisson-quadrature/expected.csv
//go:embed reference/mixed-binomial-quadrature/case.json reference/mixed-binomial-quadrature/expected.csv
//go:embed reference/mixed-negbin/case.json reference/mixed-negbin/expected.csv
//go:embed reference/mixed-negbin1/case.json reference/mixed-negbin1/expected.csv
//go:embed reference/mixed-zero-inflated-poisson/case.json reference/mixed-zero-inflated-poisson/expected.csv
//go:embed reference/mixed-hurdle-negbin/case.json reference/mixed-hurdle-negbin/expected.csv
//go:embed reference/effect-hedges/case.json reference/effect-hedges/expected.csv
//go:embed reference/floor-bound/case.json reference/floor-bound/expected.csv
//go:embed reference/floor-panel/case.json reference/floor-panel/expected.csv
//go:embed reference/floor-rates/case.json reference/floor-rates/expected.csv
//go:embed reference/floor-zeros-school/case.json reference/floor-zeros-school/expected.csv
//go:embed reference/cace-cr2/case.json reference/cace-cr2/expected.csv
//go:embed reference/describe-balance/case.json reference/describe-balance/expected.csv
//go:embed reference/power-means/case.json reference/power-means/expected.csv
//go:embed reference/power-proportions/case.json reference/power-proportions/expected.csv
//go:embed reference/power-rates/case.json reference/power-rates/expected.csv
//go:embed reference/power-mdes/case.json reference/power-mdes/expected.csv
//go:embed reference/infer-all/case.json reference/infer-all/expected.csv
//go:embed reference/infer-permutation-12/case.json reference/infer-permutation-12/expected.csv
//go:embed reference/infer-permutation-covariate/case.json reference/infer-permutation-covariate/expected.csv
//go:embed reference/infer-wild-10/case.json reference/infer-wild-10/expected.csv
//go:embed reference/infer-wild-did/case.json reference/infer-wild-did/expected.csv
//go:embed reference/infer-adjust-holm/case.json reference/infer-adjust-holm/expected.csv
//go:embed reference/infer-adjust-bh/case.json reference/infer-adjust-bh/expected.csv
//go:embed reference/hard-collinear/case.json reference/hard-collinear/expected.csv
//go:embed reference/hard-refuse-formula/case.json reference/hard-refuse-formula/expected.csv
//go:embed reference/hard-refuse-unknown-column/case.json reference/hard-refuse-unknown-column/expected.csv
//go:embed reference/hard-refuse-kenward-roger/case.json reference/hard-refuse-kenward-roger/expected.csv
//go:embed reference/hard-separation-poisson/case.json reference/hard-separation-poisson/expected.csv reference/hard-separation-poisson/data.csv
//go:embed reference/hard-separation-binomial/case.json reference/hard-separation-binomial/expected.csv reference/hard-separation-binomial/data.csv
//go:embed reference/hard-suppressed-cells/case.json reference/hard-suppressed-cells/expected.csv reference/hard-suppressed-cells/data.csv
//go:embed reference/hard-one-treated-cluster/case.json reference/hard-one-treated-cluster/expected.csv reference/hard-one-treated-cluster/data.csv
//go:embed reference/hard-refuse-duplicates/case.json reference/hard-refuse-duplicates/expected.csv reference/hard-refuse-duplicates/data.csv
//go:embed reference/hard-refuse-zero-exposure/case.json reference/hard-refuse-zero-exposure/expected.csv reference/hard-refuse-zero-exposure/data.csv
//go:embed reference/hard-refuse-one-cluster/case.json reference/hard-refuse-one-cluster/expected.csv reference/hard-refuse-one-cluster/data.csv
//go:embed reference/hard-refuse-negative-count/case.json reference/hard-refuse-negative-count/expected.csv reference/hard-refuse-negative-count/data.csv
var Files embed.FS
